package io.metalimages.rack.provisioning;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.metalimages.common.FaultException;
import io.metalimages.rack.machine.Acceleration;
import io.metalimages.rack.machine.Boot;
import io.metalimages.rack.machine.Hardware;
import io.metalimages.rack.machine.Launcher;
import io.metalimages.rack.machine.Machine;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.Executors;

/**
 * The system that a machine starts with blank disks, and that does there what metal-hammer does in a server. What it does
 * is told by a {@link HammerTask}, which it fetches over HTTP.
 */
public final class Hammer {

    /** For one phase, where the processor runs the guest. */
    private static final Duration PHASE_LIMIT = Duration.ofSeconds(60);

    private static final int BUFFER = 1 << 20;

    /** Is told what happens in the machine. */
    public interface Listener {
        void begun(String phase);

        void ended(String phase, Duration duration);

        /** One line that the installer, or a script, wrote. */
        void said(String line);
    }

    /**
     * Where a machine finds its task.
     *
     * @param server bound where the machine reaches it, not started
     * @param url what leads to it from the machine, without a slash at the end
     * @param address of the machine's first network card, with its number of bits; without one it has its link-local one
     */
    public record Service(HttpServer server, String url, Optional<String> address) {}

    private final Path root;

    /**
     * Finds a hammer's files; nothing is started yet.
     *
     * @param root what {@code rack/hammer/Dockerfile} made
     */
    public Hammer(Path root) {
        this.root = root.resolve("hammer");
    }

    /** The program that checks a machine from within. */
    public Path goss() {
        return root.resolve("goss");
    }

    public Path kernel() {
        return root.resolve("vmlinuz");
    }

    public Path initramfs() {
        return root.resolve("initrd");
    }

    /** Starts the hammer for nothing but what its kernel writes on the console. */
    public Boot.Kernel probe() {
        return boot("loglevel=7");
    }

    /**
     * Starts a machine with the hammer, and waits until it has done its task.
     *
     * @return the machine, whose system starts, or which switches itself off, as the task says
     * @throws FaultException if the task fails: with the phase and the reason. The machine is off then
     */
    public Machine run(
            HammerTask task,
            Service service,
            Hardware hardware,
            Acceleration acceleration,
            Launcher launcher,
            Listener listener)
            throws IOException, InterruptedException {
        service.server().createContext("/", exchange -> answer(exchange, task));
        service.server().setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        service.server().start();
        try {
            Events events = new Events(hardware.events());
            Machine machine = Machine.start(hardware, boot(service), acceleration, launcher);
            try {
                follow(machine, events, acceleration.limit(PHASE_LIMIT), listener);
                return machine;
            } catch (IOException | InterruptedException | RuntimeException e) {
                machine.close();
                throw e;
            }
        } finally {
            service.server().stop(0);
        }
    }

    private Boot.Kernel boot(Service service) {
        String address = service.address().map(it -> " hammer.address=" + it).orElse("");
        return boot("quiet hammer.url=" + service.url() + address);
    }

    /** {@code no_timer_check}: an imitated timer is late on a busy machine, which the kernel takes for a broken one. */
    private Boot.Kernel boot(String parameters) {
        return new Boot.Kernel(
                kernel(), initramfs(), "console=ttyS0 mitigations=off no_timer_check net.ifnames=0 " + parameters);
    }

    private static void follow(Machine machine, Events events, Duration limit, Listener listener)
            throws IOException, InterruptedException {
        String phase = "start";
        while (true) {
            machine.awaitThat(events::available, "word from the hammer in its phase " + phase, limit);
            String[] words = events.next().split(" ", 3);
            switch (words[0]) {
                case "phase" -> {
                    phase = words[1];
                    listener.begun(phase);
                }
                case "done" ->
                    listener.ended(phase, Duration.ofMillis(Math.round(Double.parseDouble(words[2]) * 1000)));
                case "log" ->
                    listener.said(
                            words.length == 1 ? "" : String.join(" ", words).substring(4));
                case "failed" ->
                    throw FaultException.failed(
                            "The hammer failed in its phase %s: %s The console: %s"
                                    .formatted(
                                            words[1],
                                            words[2].strip(),
                                            machine.hardware().console()),
                            null);
                case "end" -> {
                    return;
                }
                default -> throw new IOException("The hammer wrote an event that is none: " + String.join(" ", words));
            }
        }
    }

    /** The lines that the hammer writes to its port, from now on. */
    private static final class Events {

        private final Path file;
        private final Deque<String> lines = new ArrayDeque<>();
        private int position;

        Events(Path file) throws IOException {
            this.file = file;
            this.position = Files.exists(file) ? (int) Files.size(file) : 0;
        }

        boolean available() throws IOException {
            byte[] all = Files.exists(file) ? Files.readAllBytes(file) : new byte[0];
            for (int i = position; i < all.length; i++) {
                if (all[i] == '\n') {
                    lines.add(new String(all, position, i - position, StandardCharsets.UTF_8));
                    position = i + 1;
                }
            }
            return !lines.isEmpty();
        }

        String next() {
            return lines.remove();
        }
    }

    private static void answer(HttpExchange exchange, HammerTask task) throws IOException {
        try (exchange) {
            String name = exchange.getRequestURI().getPath().substring(1);
            HammerTask.Content content = name.equals("task")
                    ? new HammerTask.Content.Text(task.script())
                    : task.files().get(name);
            switch (content) {
                case null -> exchange.sendResponseHeaders(404, -1);
                case HammerTask.Content.Text text -> {
                    byte[] bytes = text.text().getBytes(StandardCharsets.UTF_8);
                    exchange.sendResponseHeaders(200, bytes.length == 0 ? -1 : bytes.length);
                    exchange.getResponseBody().write(bytes);
                }
                case HammerTask.Content.Stored stored -> {
                    try (InputStream input = Files.newInputStream(stored.file())) {
                        exchange.sendResponseHeaders(200, Files.size(stored.file()));
                        send(input, exchange.getResponseBody());
                    }
                }
            }
        }
    }

    private static void send(InputStream input, OutputStream output) throws IOException {
        byte[] buffer = new byte[BUFFER];
        for (int length = input.read(buffer); length >= 0; length = input.read(buffer)) {
            output.write(buffer, 0, length);
        }
    }
}
