package io.metalimages.testing;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A web server that answers each request byte by byte as a test says: half, wrongly, or never. Expects
 * each on a connection of its own.
 */
public final class ScriptedWebServer implements AutoCloseable {

    /** What a request gets. */
    @FunctionalInterface
    public interface Script {

        /**
         * Answers; the connection ends when this returns.
         *
         * @param number how many requests came before
         * @param head the request's first line and its headers
         */
        void answer(int number, String head, OutputStream output) throws IOException, InterruptedException;
    }

    private final ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final AtomicInteger count = new AtomicInteger();
    private final CountDownLatch closed = new CountDownLatch(1);

    public ScriptedWebServer(Script script) throws IOException {
        Thread.ofVirtual().start(() -> {
            try {
                while (true) {
                    Socket accepted = socket.accept();
                    Thread.ofVirtual().start(() -> answer(accepted, script));
                }
            } catch (IOException testIsOver) {
                // The socket is closed.
            }
        });
    }

    private void answer(Socket accepted, Script script) {
        try (accepted) {
            String head = readHead(accepted);
            requests.add(head);
            script.answer(count.getAndIncrement(), head, accepted.getOutputStream());
        } catch (IOException | InterruptedException clientIsGone) {
            // The next one may come.
        }
    }

    private static String readHead(Socket accepted) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = accepted.getInputStream().read();
            if (next < 0) {
                throw new IOException("no request");
            }
            head.append((char) next);
        }
        return head.toString();
    }

    /**
     * Where {@code path} is on this server.
     *
     * @param path begins with a slash
     */
    public URI address(String path) {
        return URI.create("http://127.0.0.1:" + port() + path);
    }

    public int port() {
        return socket.getLocalPort();
    }

    /** The heads of the requests so far. */
    public List<String> requests() {
        return List.copyOf(requests);
    }

    /** Is silent until the test is over. */
    public void keepSilent() throws InterruptedException {
        closed.await();
    }

    /**
     * Writes what comes before a body.
     *
     * @param lines the status line and headers, each with a line feed at its end
     */
    public static void writeHead(OutputStream output, String lines) throws IOException {
        output.write((lines.replace("\n", "\r\n") + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
    }

    @Override
    public void close() throws IOException {
        closed.countDown();
        socket.close();
    }
}
