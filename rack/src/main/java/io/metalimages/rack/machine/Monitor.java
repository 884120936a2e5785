package io.metalimages.rack.machine;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The connection over which QEMU is told what to do, and tells what happens: the QEMU Machine Protocol, as its reference
 * manual describes it. No call waits longer for QEMU than the limit that the connection was made with. Thread-safe; one
 * command runs at a time.
 */
final class Monitor implements AutoCloseable {

    private static final JsonMapper JSON = new JsonMapper();

    private final SocketChannel channel;
    private final Duration limit;
    private final Thread reader;
    private final BlockingQueue<Message> messages = new LinkedBlockingQueue<>();
    private int commands;
    private volatile Optional<String> shutdownReason = Optional.empty();
    private volatile boolean stopped;

    /** What QEMU sends that is not an event. */
    private sealed interface Message {
        record Json(JsonNode content) implements Message {}

        record End(String reason) implements Message {}
    }

    private Monitor(SocketChannel channel, Duration limit) {
        this.channel = channel;
        this.limit = limit;
        this.reader = Thread.ofVirtual().name("monitor of QEMU").unstarted(this::read);
    }

    /**
     * Connects to the socket that QEMU listens on.
     *
     * @param limit how long QEMU may take to respond
     */
    static Monitor connect(Path socket, Duration limit) throws IOException, InterruptedException {
        Monitor monitor = new Monitor(SocketChannel.open(UnixDomainSocketAddress.of(socket)), limit);
        try {
            monitor.reader.start();
            if (!monitor.next("greet").has("QMP")) {
                throw new IOException("What listens on " + socket + " is not QEMU.");
            }
            monitor.execute("qmp_capabilities", Map.of());
            // What happened before the connection was made is not reported as an event.
            monitor.stopped =
                    !monitor.execute("query-status", Map.of()).path("running").asBoolean(true);
            return monitor;
        } catch (IOException | InterruptedException e) {
            monitor.close();
            throw e;
        }
    }

    /**
     * Has QEMU execute a command.
     *
     * @return what it returns
     * @throws IOException if QEMU refuses, is gone, or does not respond within the limit
     */
    synchronized JsonNode execute(String command, Map<String, ?> arguments) throws IOException, InterruptedException {
        int id = ++commands;
        Map<String, Object> request = new LinkedHashMap<>();
        request.put("execute", command);
        request.put("arguments", arguments);
        request.put("id", id);
        ByteBuffer bytes = ByteBuffer.wrap((JSON.writeValueAsString(request) + "\n").getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
        while (true) {
            JsonNode response = next(command);
            if (response.path("id").asInt(0) != id) {
                // It belongs to a command whose response came too late.
                continue;
            }
            if (response.has("error")) {
                throw new IOException("QEMU refused " + command + ": "
                        + response.path("error").path("desc").asString());
            }
            return response.path("return");
        }
    }

    /**
     * The guest's run state, in QEMU's words such as {@code running}, {@code paused} and {@code internal-error}.
     *
     * @throws IOException as {@link #execute}
     */
    String runState() throws IOException, InterruptedException {
        return execute("query-status", Map.of()).path("status").asString("");
    }

    /** Whether the guest's processors stand still. {@link #runState} knows why. */
    boolean isStopped() {
        return stopped;
    }

    /**
     * Why the guest came to its end, in QEMU's words such as {@code guest-reset} and {@code guest-shutdown}; waits until
     * QEMU closes the connection.
     */
    Optional<String> shutdownReason() throws InterruptedException {
        reader.join(limit);
        return shutdownReason;
    }

    private JsonNode next(String command) throws IOException, InterruptedException {
        return switch (messages.poll(limit.toMillis(), TimeUnit.MILLISECONDS)) {
            case null ->
                throw new IOException(
                        "QEMU did not respond to " + command + " within " + limit.toMillis() + " milliseconds.");
            case Message.Json(JsonNode content) -> content;
            case Message.End end -> {
                messages.add(end);
                throw new IOException(end.reason());
            }
        };
    }

    private void read() {
        try (BufferedReader lines = new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                JsonNode message = JSON.readTree(line);
                if (message.has("event")) {
                    note(message);
                } else {
                    messages.add(new Message.Json(message));
                }
            }
            messages.add(new Message.End("QEMU closed the connection."));
        } catch (IOException e) {
            messages.add(new Message.End("The connection to QEMU broke: " + e.getMessage()));
        } catch (JacksonException e) {
            messages.add(new Message.End("QEMU sent what is not JSON: " + e.getOriginalMessage()));
        }
    }

    private void note(JsonNode event) {
        switch (event.path("event").asString("")) {
            case "SHUTDOWN" ->
                shutdownReason = Optional.of(event.path("data").path("reason").asString());
            case "STOP" -> stopped = true;
            case "RESUME" -> stopped = false;
            default -> {}
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
