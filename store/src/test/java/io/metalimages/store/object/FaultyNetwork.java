package io.metalimages.store.object;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

/**
 * Stands between a client and a server on this machine, and does to a request what networks do. It has each connection
 * carry one request.
 *
 * <p>Requests that write pass one after the other: S3Proxy looks at their conditions and writes in two steps, which with
 * S3 itself are one.
 */
public final class FaultyNetwork implements AutoCloseable {

    /** What happens to a request. */
    public enum Fault {
        NONE,
        /** The connection is closed before anything was read. */
        REFUSED,
        /** The connection is cut in the middle of the request. */
        RESET,
        /** The request is carried out, but its answer never arrives. */
        LOST_ANSWER,
        /** The answer ends in the middle. */
        TRUNCATED_ANSWER,
        /** The server answers 500. */
        INTERNAL_ERROR,
        /** The server answers 503. */
        SLOW_DOWN,
        /** A byte of the request's body is changed. */
        DAMAGED,
        /** Everything takes its time. */
        SLOW
    }

    private final ServerSocket listening;
    private final int server;
    private final Function<String, Fault> plan;
    private final ReentrantLock writing = new ReentrantLock(true);
    private final ExecutorService executor = Executors.newCachedThreadPool();
    private final AtomicInteger faults = new AtomicInteger();

    /**
     * @param server the port that requests are for
     * @param plan says by the first line of a request what happens to it
     */
    public FaultyNetwork(int server, Function<String, Fault> plan) throws IOException {
        this.server = server;
        this.plan = plan;
        listening = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
        executor.execute(this::accept);
    }

    public int port() {
        return listening.getLocalPort();
    }

    /** How many requests something happened to. */
    public int faults() {
        return faults.get();
    }

    private void accept() {
        while (!listening.isClosed()) {
            try {
                Socket client = listening.accept();
                executor.execute(() -> serve(client));
            } catch (IOException e) {
                return; // closed
            }
        }
    }

    private void serve(Socket client) {
        try (client) {
            byte[] head = head(client.getInputStream());
            String line = new String(head, StandardCharsets.ISO_8859_1)
                    .lines()
                    .findFirst()
                    .orElse("");
            Fault fault = plan.apply(line);
            if (fault != Fault.NONE) {
                faults.incrementAndGet();
            }
            boolean writes = !line.startsWith("GET ") && !line.startsWith("HEAD ");
            if (writes) {
                writing.lock();
            }
            try {
                pass(client, head, fault);
            } finally {
                if (writes) {
                    writing.unlock();
                }
            }
        } catch (IOException e) {
            // One of the two hung up, as after a fault it may.
        }
    }

    private static byte[] head(InputStream input) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        int ends = 0;
        while (ends < 4) {
            int value = input.read();
            if (value < 0) {
                throw new IOException("no request");
            }
            head.write(value);
            ends = value == (ends % 2 == 0 ? '\r' : '\n') ? ends + 1 : 0;
        }
        return head.toByteArray();
    }

    /** With a header that ends the connection, as the first one of a request or an answer. */
    private static byte[] closing(byte[] message) {
        String text = new String(message, StandardCharsets.ISO_8859_1);
        int end = text.indexOf("\r\n");
        return end < 0
                ? message
                : (text.substring(0, end) + "\r\nConnection: close" + text.substring(end))
                        .getBytes(StandardCharsets.ISO_8859_1);
    }

    private static long bodyLength(byte[] head) {
        return new String(head, StandardCharsets.ISO_8859_1)
                .lines()
                .filter(line -> line.regionMatches(true, 0, "content-length:", 0, 15))
                .mapToLong(line -> Long.parseLong(line.substring(15).strip()))
                .findFirst()
                .orElse(0);
    }

    private void pass(Socket client, byte[] head, Fault fault) throws IOException {
        long body = bodyLength(head);
        switch (fault) {
            case REFUSED -> cut(client);
            case INTERNAL_ERROR -> answer(client, body, "500 Internal Server Error");
            case SLOW_DOWN -> answer(client, body, "503 Slow Down");
            case RESET -> {
                client.getInputStream().skipNBytes(body / 2);
                cut(client);
            }
            case NONE, LOST_ANSWER, TRUNCATED_ANSWER, DAMAGED, SLOW -> {
                byte[] answer = exchange(client.getInputStream(), head, body, fault);
                if (fault == Fault.LOST_ANSWER) {
                    cut(client);
                } else {
                    int length = fault == Fault.TRUNCATED_ANSWER ? answer.length * 2 / 3 : answer.length;
                    client.getOutputStream().write(answer, 0, length);
                }
            }
        }
    }

    /** Has the request carried out; returns the answer. */
    private byte[] exchange(InputStream input, byte[] head, long body, Fault fault) throws IOException {
        try (Socket upstream = new Socket(InetAddress.getLoopbackAddress(), server)) {
            OutputStream output = upstream.getOutputStream();
            byte[] buffer = new byte[1 << 16];
            boolean damage = fault == Fault.DAMAGED;
            byte[] start = closing(head);
            boolean listens = write(output, start, start.length);
            for (long left = body; left > 0; ) {
                int count = input.read(buffer, 0, (int) Math.min(left, buffer.length));
                if (count < 0) {
                    throw new IOException("half a request");
                }
                if (damage) {
                    buffer[count / 2] ^= 1;
                    damage = false;
                }
                if (fault == Fault.SLOW) {
                    pause();
                }
                listens = listens && write(output, buffer, count);
                left -= count;
            }
            return closing(answer(upstream.getInputStream()));
        }
    }

    /** A server may refuse a request before it has read it. */
    private static boolean write(OutputStream output, byte[] bytes, int length) {
        try {
            output.write(bytes, 0, length);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** All that the server says before it ends the connection, in whichever way. */
    private static byte[] answer(InputStream input) throws IOException {
        ByteArrayOutputStream answer = new ByteArrayOutputStream();
        try {
            input.transferTo(answer);
        } catch (IOException e) {
            if (answer.size() == 0) {
                throw e;
            }
        }
        return answer.toByteArray();
    }

    private static void pause() throws IOException {
        try {
            Thread.sleep(5);
        } catch (InterruptedException e) {
            throw new IOException("ended", e);
        }
    }

    private static void answer(Socket client, long body, String status) throws IOException {
        client.getInputStream().skipNBytes(body);
        client.getOutputStream()
                .write(("HTTP/1.1 " + status + "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
    }

    /** Ends a connection without the usual goodbye. */
    private static void cut(Socket client) throws IOException {
        client.setSoLinger(true, 0);
        client.close();
    }

    @Override
    public void close() throws IOException {
        listening.close();
        executor.shutdownNow();
    }
}
