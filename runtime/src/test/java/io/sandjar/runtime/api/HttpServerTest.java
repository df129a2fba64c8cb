package io.sandjar.runtime.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.handler.codec.http.HttpServerCodec;
import io.sandjar.runtime.linux.SocketFile;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HttpServerTest {
  private static final Duration SHORT = Duration.ofMillis(100);
  private static final int MANY = 20 * 1024 * 1024;

  @TempDir private Path folder;

  private final EventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final ExecutorService workers = Executors.newCachedThreadPool();
  private final CountDownLatch left = new CountDownLatch(1);
  private final CountDownLatch mayRead = new CountDownLatch(1);
  private final AtomicLong written = new AtomicLong();
  private HttpServer server;
  private SocketChannel client;

  @BeforeEach
  void serve() throws IOException {
    var router =
        new Router()
            .get("/hello", request -> Response.text("hello"))
            .post(
                "/count",
                request -> {
                  mayRead.await();
                  return Response.text(
                      "" + request.body().transferTo(java.io.OutputStream.nullOutputStream()));
                })
            .post("/ignore", request -> Response.text("no thanks"))
            .get("/broken", request -> Response.json(java.util.Map.of("x", fail())))
            .get(
                "/watch",
                request -> {
                  request.onDisconnect(left::countDown);
                  return Response.stream(
                      "text/plain",
                      out -> {
                        out.write("begun".getBytes(StandardCharsets.US_ASCII));
                        out.flush();
                        left.await();
                      });
                })
            .get(
                "/endless",
                request ->
                    Response.stream(
                        "text/plain",
                        out -> {
                          try {
                            while (true) {
                              out.write(new byte[1024]);
                              written.addAndGet(1024);
                            }
                          } finally {
                            left.countDown();
                          }
                        }))
            .get(
                "/echo",
                request ->
                    Response.handoff(
                        (channel, head) -> {
                          channel.pipeline().remove(HttpServerCodec.class);
                          channel.pipeline().addLast(new Echo());
                          channel.writeAndFlush(
                              channel.alloc().buffer().writeBytes("go".getBytes()));
                        }));
    server = new HttpServer(router, loops, workers);
    var socket = folder.resolve("api.sock");
    server.listen(new SocketFile(socket));
    client = SocketChannel.open(UnixDomainSocketAddress.of(socket));
  }

  private static String fail() {
    throw new IllegalStateException("broken inside");
  }

  /** Sends back what it gets. */
  private static final class Echo extends SimpleChannelInboundHandler<ByteBuf> {
    @Override
    protected void channelRead0(ChannelHandlerContext context, ByteBuf bytes) {
      context.writeAndFlush(bytes.retain());
    }
  }

  @AfterEach
  void stop() throws IOException {
    client.close();
    server.close();
    workers.shutdownNow();
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
  }

  @Test
  void aClientThatNeverAsksIsLetGo() throws Exception {
    try (var impatient = new HttpServer(r -> Response.text("hi"), loops, workers, SHORT)) {
      var path = folder.resolve("impatient.sock");
      impatient.listen(new SocketFile(path));
      try (var silent = SocketChannel.open(UnixDomainSocketAddress.of(path));
          var halfway = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
        halfway.write(ByteBuffer.wrap("GET / HTTP/1.1\r\n".getBytes(StandardCharsets.US_ASCII)));
        assertEquals(-1, silent.read(ByteBuffer.allocate(1)));
        assertEquals(-1, halfway.read(ByteBuffer.allocate(1)));
      }
    }
  }

  @Test
  void aClientThatWaitsForItsAnswerMayBeSilent() throws Exception {
    var mayAnswer = new CountDownLatch(1);
    Handler slow =
        request -> {
          mayAnswer.await();
          return Response.text("at last");
        };
    try (var impatient = new HttpServer(slow, loops, workers, SHORT)) {
      var path = folder.resolve("impatient.sock");
      impatient.listen(new SocketFile(path));
      try (var patient = SocketChannel.open(UnixDomainSocketAddress.of(path));
          var silent = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
        patient.write(
            ByteBuffer.wrap("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII)));
        // Another one's end tells that the time is over.
        assertEquals(-1, silent.read(ByteBuffer.allocate(1)));
        mayAnswer.countDown();
        assertEquals(1, patient.read(ByteBuffer.allocate(1)));
      }
    }
  }

  @Test
  void aTakenPortIsToldApartFromOtherFailures() throws IOException {
    var taken = server.listen(new InetSocketAddress("127.0.0.1", 0), null);
    assertThrows(BindException.class, () -> server.listen(taken, null));
  }

  @Test
  void anAddressThatIsNoUrlIsABadRequest() throws IOException {
    send("GET /hello?a=%zz HTTP/1.1\r\nhost: x\r\n\r\n");
    var answer = receiveAll();
    assertTrue(answer.startsWith("HTTP/1.1 400 "), answer);
  }

  @Test
  void answersSeveralRequestsOnOneConnectionInOrder() throws IOException {
    send("GET /hello HTTP/1.1\r\n\r\nGET /nope HTTP/1.1\r\n\r\nHEAD /hello HTTP/1.1\r\n\r\n");
    send("GET /hello HTTP/1.1\r\nConnection: close\r\n\r\n");
    var answers = receiveAll().split("HTTP/1.1 ");
    assertTrue(answers[1].startsWith("200 OK") && answers[1].endsWith("\r\n\r\nhello"));
    assertTrue(answers[2].startsWith("404 Not Found"));
    assertTrue(answers[2].contains("\"reason\":\"NotFound\""));
    assertTrue(answers[3].startsWith("200 OK") && answers[3].endsWith("\r\n\r\n"));
    assertTrue(answers[4].endsWith("hello"));
  }

  @Test
  void aHandlersErrorIsAStatusObject() throws IOException {
    send("GET /broken HTTP/1.1\r\nConnection: close\r\n\r\n");
    var answer = receiveAll();
    assertTrue(answer.startsWith("HTTP/1.1 500 "), answer);
    assertTrue(answer.contains("\"message\":\"broken inside\""), answer);
  }

  @Test
  void whatIsNotHttpIsRefused() throws IOException {
    send("NONSENSE\r\n\r\n");
    assertTrue(receiveAll().startsWith("HTTP/1.1 400 "));
  }

  @Test
  void aLargeBodyWaitsForItsHandler() throws Exception {
    send("POST /count HTTP/1.1\r\nConnection: close\r\nContent-Length: " + MANY + "\r\n\r\n");
    var sent = new AtomicLong();
    var sender =
        workers.submit(
            () -> {
              var chunk = ByteBuffer.allocate(64 * 1024);
              while (sent.get() < MANY) {
                sent.addAndGet(client.write(chunk.clear()));
              }
              return null;
            });
    Thread.sleep(300);
    assertTrue(sent.get() < MANY / 2, "the server took " + sent + " bytes that nobody reads");
    mayRead.countDown();
    sender.get(60, TimeUnit.SECONDS);
    assertTrue(receiveAll().endsWith("\r\n\r\n" + MANY));
  }

  @Test
  void aBodyThatNobodyReadsDoesNotBecomeARequest() throws IOException {
    send("POST /ignore HTTP/1.1\r\nContent-Length: 1000000\r\n\r\n");
    assertTrue(receiveAll().endsWith("no thanks"));
  }

  @Test
  void anEarlyAnswerReachesAClientThatIsStillSending() throws Exception {
    send("POST /ignore HTTP/1.1\r\nContent-Length: 10\r\n\r\n12345");
    assertTrue(receiveUntil("no thanks").contains("connection: close"));
    send("67890");
    assertEquals(-1, client.read(ByteBuffer.allocate(1)));
  }

  @Test
  void aStreamingHandlerLearnsThatTheClientLeft() throws Exception {
    send("GET /watch HTTP/1.1\r\n\r\n");
    assertTrue(receiveUntil("begun").contains("Transfer-Encoding: chunked".toLowerCase()));
    assertFalse(left.await(50, TimeUnit.MILLISECONDS));
    client.close();
    assertTrue(left.await(60, TimeUnit.SECONDS));
  }

  @Test
  void aSlowClientSlowsTheHandlerDown() throws Exception {
    send("GET /endless HTTP/1.1\r\n\r\n");
    Thread.sleep(300);
    long ahead = written.get();
    assertTrue(ahead < 4 * 1024 * 1024, "the handler is " + ahead + " bytes ahead");
    client.close();
    assertTrue(left.await(60, TimeUnit.SECONDS));
  }

  @Test
  void anUpgradeTakesTheConnectionOver() throws IOException {
    send("GET /echo HTTP/1.1\r\n\r\n");
    assertEquals("go", receiveUntil("go"));
    send("ping");
    assertEquals("ping", receiveUntil("ping"));
  }

  private void send(String text) throws IOException {
    var bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
    while (bytes.hasRemaining()) {
      client.write(bytes);
    }
  }

  private String receiveAll() throws IOException {
    return receiveUntil(null);
  }

  private String receiveUntil(String end) throws IOException {
    var text = new StringBuilder();
    var buffer = ByteBuffer.allocate(4096);
    while (end == null || text.indexOf(end) < 0) {
      int count;
      try {
        count = client.read(buffer.clear());
      } catch (IOException reset) {
        break; // the server closed with bytes of ours unread
      }
      if (count < 0) {
        break;
      }
      text.append(new String(buffer.array(), 0, count, StandardCharsets.US_ASCII));
    }
    return text.toString();
  }
}
