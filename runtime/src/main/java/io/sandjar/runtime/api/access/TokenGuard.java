package io.sandjar.runtime.api.access;

import io.sandjar.runtime.api.ApiException;
import io.sandjar.runtime.api.Handler;
import io.sandjar.runtime.api.Request;
import io.sandjar.runtime.api.Response;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/** Lets only requests with the bearer token through. */
public final class TokenGuard implements Handler {
  private static final String SCHEME = "Bearer ";

  private final byte[] token;
  private final Handler guarded;

  public TokenGuard(String token, Handler guarded) {
    this.token = token.getBytes(StandardCharsets.UTF_8);
    this.guarded = guarded;
  }

  @Override
  public Response handle(Request request) throws Exception {
    String given =
        request
            .header("authorization")
            .filter(header -> header.startsWith(SCHEME))
            .map(header -> header.substring(SCHEME.length()).strip())
            .orElse("");
    // In constant time: how long it takes tells nothing of the token.
    if (!MessageDigest.isEqual(token, given.getBytes(StandardCharsets.UTF_8))) {
      throw new ApiException(
          401, "Unauthorized", "the bearer token is missing or wrong; use the daemon's kubeconfig");
    }
    return guarded.handle(request);
  }
}
