package io.sandjar.netbridge.netlink;

import java.nio.ByteBuffer;

/** What an NLMSG_ERROR (or the end of a dump) says: zero or an errno, and maybe why. */
record Acknowledgement(int errno, String explanation) {

  static Acknowledgement of(NetlinkMessage message) {
    ByteBuffer payload = message.payload();
    if (payload.remaining() < 4) {
      return new Acknowledgement(0, "");
    }
    int errno = -payload.getInt();
    if ((message.flags() & Netlink.NLM_F_ACK_TLVS) == 0) {
      return new Acknowledgement(errno, "");
    }
    if (message.type() == Netlink.NLMSG_ERROR) {
      // The request's header follows, and unless the kernel capped the answer its payload too.
      boolean capped = (message.flags() & Netlink.NLM_F_CAPPED) != 0;
      int repeated = capped ? Netlink.NLMSG_HDRLEN : payload.getInt(payload.position());
      payload.position(Math.min(payload.limit(), 4 + Netlink.align(repeated)));
    }
    Attributes details = Attributes.parse(payload);
    String text = details.string(Netlink.NLMSGERR_ATTR_MSG).orElse("");
    if (text.isEmpty() && details.has(Netlink.NLMSGERR_ATTR_OFFS)) {
      text =
          "it objects to the attribute at byte "
              + details.u32(Netlink.NLMSGERR_ATTR_OFFS).getAsInt();
    }
    return new Acknowledgement(errno, text);
  }

  boolean failed() {
    return errno != 0;
  }

  NetlinkException toException(NetlinkRequest request) {
    return new NetlinkException(request.tried(), errno, explanation);
  }
}
