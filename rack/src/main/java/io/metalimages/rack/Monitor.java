package io.metalimages.rack;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The connection over which QEMU is told what to do, and tells what happens: the QEMU Machine Protocol, as its reference
 * manual describes it. Thread-safe; one command runs at a time.
 */
final class Monitor implements AutoCloseable {

    private static final JsonMapper JSON = new JsonMapper();

    private final SocketChannel channel;
    private final BufferedReader lines;
    private Optional<String> shutdownReason = Optional.empty();

    private Monitor(SocketChannel channel) {
        this.channel = channel;
        this.lines = new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8));
    }

    /** Connects to the socket that QEMU listens on. */
    static Monitor connect(Path socket) throws IOException {
        SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
        Monitor monitor = new Monitor(channel);
        try {
            if (!monitor.next().has("QMP")) {
                throw new IOException("What listens on " + socket + " is not QEMU.");
            }
            monitor.execute("qmp_capabilities", Map.of());
            return monitor;
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    /** @throws IOException if QEMU refuses, or is gone */
    synchronized void execute(String command, Map<String, ?> arguments) throws IOException {
        Map<String, Object> request = new LinkedHashMap<>();
        request.put("execute", command);
        request.put("arguments", arguments);
        ByteBuffer bytes = ByteBuffer.wrap((JSON.writeValueAsString(request) + "\n").getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
        for (JsonNode answer = next(); ; answer = next()) {
            if (answer.has("return")) {
                return;
            }
            if (answer.has("error")) {
                throw new IOException("QEMU refused " + command + ": "
                        + answer.path("error").path("desc").asString());
            }
            note(answer);
        }
    }

    /**
     * Why the guest came to its end, in QEMU's words such as {@code guest-reset} and {@code guest-shutdown}; waits until
     * QEMU closes the connection.
     */
    synchronized Optional<String> shutdownReason() throws IOException {
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            note(JSON.readTree(line));
        }
        return shutdownReason;
    }

    private JsonNode next() throws IOException {
        String line = lines.readLine();
        if (line == null) {
            throw new IOException("QEMU closed the connection.");
        }
        return JSON.readTree(line);
    }

    private void note(JsonNode event) {
        if (event.path("event").asString("").equals("SHUTDOWN")) {
            shutdownReason = Optional.of(event.path("data").path("reason").asString());
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
