package org.deepgm.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A proxy on loopback before an HTTP server that answers every so manieth request itself with 503,
 * as a store does that is asked too often. A connection serves one request.
 */
final class FaultyProxy implements AutoCloseable {
  private final ServerSocket listener;
  private final int upstream;
  private final int every;
  private final AtomicInteger requests = new AtomicInteger();
  private final AtomicInteger refused = new AtomicInteger();

  FaultyProxy(int upstream, int every) throws IOException {
    this.upstream = upstream;
    this.every = every;
    listener = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
    start(this::accept);
  }

  int port() {
    return listener.getLocalPort();
  }

  /** Requests that were answered with 503. */
  int refused() {
    return refused.get();
  }

  private static void start(Runnable work) {
    Thread thread = new Thread(work, "faulty proxy");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket client = listener.accept();
        start(() -> serve(client));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void serve(Socket client) {
    try (client) {
      InputStream in = client.getInputStream();
      String head = head(in);
      if (head.isEmpty()) {
        return;
      }
      OutputStream out = client.getOutputStream();
      if (head.toLowerCase(java.util.Locale.ROOT).contains("expect: 100-continue")) {
        out.write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        out.flush();
      }
      byte[] body = in.readNBytes(length(head));
      if (requests.incrementAndGet() % every == 0) {
        refused.incrementAndGet();
        out.write(
            ("HTTP/1.1 503 Slow Down\r\nContent-Type: application/xml\r\nContent-Length: 66\r\n"
                    + "Connection: close\r\n\r\n"
                    + "<Error><Code>SlowDown</Code><Message>asked too often</Message></Error>"
                        .substring(0, 66))
                .getBytes(StandardCharsets.US_ASCII));
        return;
      }
      try (Socket server = new Socket(InetAddress.getLoopbackAddress(), upstream)) {
        String passed =
            head.replaceAll("(?im)^(Connection|Expect):.*\r\n", "")
                .replaceFirst("\r\n\r\n$", "\r\nConnection: close\r\n\r\n");
        server.getOutputStream().write(passed.getBytes(StandardCharsets.ISO_8859_1));
        server.getOutputStream().write(body);
        server.getOutputStream().flush();
        server.getInputStream().transferTo(out);
      }
    } catch (IOException e) {
      // The other side has gone: its client tries again, or its test fails.
      return;
    }
  }

  private static String head(InputStream in) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    int ends = 0;
    for (int b = in.read(); b >= 0; b = in.read()) {
      bytes.write(b);
      ends = b == '\n' ? ends + 1 : b == '\r' ? ends : 0;
      if (ends == 2) {
        return bytes.toString(StandardCharsets.ISO_8859_1);
      }
    }
    return "";
  }

  private static int length(String head) {
    for (String line : head.split("\r\n")) {
      if (line.toLowerCase(java.util.Locale.ROOT).startsWith("content-length:")) {
        return Integer.parseInt(line.substring(line.indexOf(':') + 1).strip());
      }
    }
    return 0;
  }

  @Override
  public void close() throws IOException {
    listener.close();
  }
}
