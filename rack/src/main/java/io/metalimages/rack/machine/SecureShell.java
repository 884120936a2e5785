package io.metalimages.rack.machine;

import io.metalimages.common.FaultException;
import io.metalimages.engine.work.ProcessLauncher;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.UnaryOperator;

/**
 * A way into a machine as the user metal, by ssh with a key made for this machine alone.
 *
 * <p>The machine's host key is taken on trust at first, and has to be the same from then on. One connection serves all
 * commands, as making one takes seconds on an emulated machine; {@link #disconnect} gives it up, which has to be done
 * before the machine is restarted. Nothing secret is on a command line. Thread-safe.
 */
public final class SecureShell implements AutoCloseable {

    public static final String USER = "metal";

    /** What ssh itself exits with when it could not do its part. */
    private static final int NO_CONNECTION = 255;

    private static final Duration PAUSE = Duration.ofMillis(500);

    /** The longest path that ssh can listen on, less the characters that it adds while it makes the socket. */
    private static final int LONGEST_SOCKET_PATH = 107 - 17;

    /**
     * Where ssh runs.
     *
     * @param entrance turns a command line into one that runs there
     * @param directory for keys and sockets, empty
     * @param seenAs the same directory, by the name it has there
     */
    public record Place(UnaryOperator<List<String>> entrance, Path directory, Path seenAs) {

        /** On this machine itself. */
        public static Place here(Path directory) {
            return new Place(UnaryOperator.identity(), directory, directory);
        }
    }

    /** What came of a command on the machine. */
    public record CommandResult(int status, String output, String errors) {}

    private final ProcessLauncher launcher;
    private final Place place;
    private final String host;
    private final int port;
    private final String publicKey;

    private SecureShell(ProcessLauncher launcher, Place place, String host, int port, String publicKey) {
        this.launcher = launcher;
        this.place = place;
        this.host = host;
        this.port = port;
        this.publicKey = publicKey;
    }

    /**
     * Makes a key. Nothing is connected yet.
     *
     * @param host the machine's address
     * @throws FaultException if there is no {@code ssh-keygen}, or it fails
     */
    public static SecureShell open(ProcessLauncher launcher, Place place, String host, int port)
            throws IOException, InterruptedException {
        Path key = place.seenAs().resolve("key");
        CommandResult made = execute(
                launcher,
                place.entrance()
                        .apply(List.of(
                                "ssh-keygen",
                                "-q",
                                "-t",
                                "ecdsa",
                                "-N",
                                "",
                                "-C",
                                "metal-images",
                                "-f",
                                key.toString())),
                Optional.empty());
        if (made.status() != 0) {
            throw FaultException.failed("ssh-keygen could not make a key: " + said(made), null);
        }
        String publicKey =
                Files.readString(place.directory().resolve("key.pub")).strip();
        return new SecureShell(launcher, place, host, port, publicKey);
    }

    /** A line for {@code authorized_keys}. */
    public String publicKey() {
        return publicKey;
    }

    /** The command line with which a person gets in, as long as this is open. */
    public List<String> interactiveCommand() {
        return place.entrance().apply(arguments(List.of("-t")));
    }

    /**
     * Waits until the machine lets the user in.
     *
     * @throws FaultException if it does not within {@code limit}, with what ssh said last; or, at once, if it shows
     *     another host key than before
     */
    void awaitAnswer(Duration limit) throws IOException, InterruptedException {
        long begun = System.nanoTime();
        while (true) {
            CommandResult answer = attempt("true", Optional.empty());
            if (answer.status() == 0) {
                return;
            }
            refuseOtherHostKey(answer);
            if (System.nanoTime() - begun > limit.toNanos()) {
                throw FaultException.failed(
                        "The machine did not let " + USER + " in by ssh within " + limit.toSeconds() + " s: "
                                + said(answer),
                        null);
            }
            Thread.sleep(PAUSE);
        }
    }

    /**
     * Runs a command on the machine, by the user's shell.
     *
     * @return what came of it, whatever its exit status
     * @throws FaultException if there is no connection
     */
    CommandResult run(String command) throws IOException, InterruptedException {
        return connected(attempt(command, Optional.empty()));
    }

    /** Like {@link #run(String)}, with text as the command's standard input. */
    public CommandResult run(String command, String input) throws IOException, InterruptedException {
        return connected(attempt(command, Optional.of(output -> output.write(input.getBytes(StandardCharsets.UTF_8)))));
    }

    /** Like {@link #run(String)}, with a file's content as the command's standard input. */
    public CommandResult run(String command, Path input) throws IOException, InterruptedException {
        return connected(attempt(command, Optional.of(output -> Files.copy(input, output))));
    }

    /** Gives up the connection. The next command makes a new one, and expects the same host key. */
    void disconnect() throws IOException, InterruptedException {
        if (Files.exists(place.directory().resolve("control"))) {
            // The connection may be gone by itself, which is what was wanted.
            execute(launcher, place.entrance().apply(arguments(List.of("-O", "exit"))), Optional.empty());
        }
    }

    @Override
    public void close() throws IOException {
        try {
            disconnect();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private CommandResult attempt(String command, Optional<Input> input) throws IOException, InterruptedException {
        List<String> arguments = new ArrayList<>(arguments(List.of("-T")));
        arguments.add("--");
        arguments.add(command);
        return execute(launcher, place.entrance().apply(arguments), input);
    }

    private CommandResult connected(CommandResult answer) {
        if (answer.status() == NO_CONNECTION) {
            refuseOtherHostKey(answer);
            throw FaultException.failed("The connection to the machine by ssh failed: " + said(answer), null);
        }
        return answer;
    }

    private static void refuseOtherHostKey(CommandResult answer) {
        if (answer.status() == NO_CONNECTION && answer.errors().contains("Host key verification failed")) {
            throw FaultException.failed(
                    "The machine shows another ssh host key than before: it was not the same system that started again, "
                            + "or the system made new keys.",
                    null);
        }
    }

    private List<String> arguments(List<String> more) {
        List<String> arguments = new ArrayList<>(List.of("ssh", "-F", "none"));
        option(arguments, "IdentityFile", place.seenAs().resolve("key"));
        option(arguments, "IdentitiesOnly", "yes");
        option(arguments, "IdentityAgent", "none");
        option(arguments, "PreferredAuthentications", "publickey");
        option(arguments, "BatchMode", "yes");
        option(arguments, "UserKnownHostsFile", place.seenAs().resolve("known_hosts"));
        option(arguments, "GlobalKnownHostsFile", "/dev/null");
        option(arguments, "HostKeyAlias", "machine");
        option(arguments, "StrictHostKeyChecking", "accept-new");
        option(arguments, "UpdateHostKeys", "no");
        option(arguments, "LogLevel", "ERROR");
        option(arguments, "ConnectTimeout", "15");
        // A machine that is emulated is silent for long when it is busy, but not for minutes.
        option(arguments, "ServerAliveInterval", "15");
        option(arguments, "ServerAliveCountMax", "8");
        // The cheapest of what all images offer.
        option(arguments, "KexAlgorithms", "^curve25519-sha256");
        option(arguments, "HostKeyAlgorithms", "^ssh-ed25519");
        Path socket = place.seenAs().resolve("control");
        if (socket.toString().length() <= LONGEST_SOCKET_PATH) {
            option(arguments, "ControlMaster", "auto");
            option(arguments, "ControlPath", socket);
            option(arguments, "ControlPersist", "yes");
        }
        arguments.addAll(more);
        arguments.addAll(List.of("-p", Integer.toString(port), USER + "@" + host));
        return arguments;
    }

    private static void option(List<String> arguments, String name, Object value) {
        arguments.add("-o");
        arguments.add(name + "=" + value);
    }

    private static String said(CommandResult answer) {
        String errors = answer.errors().strip();
        return errors.isEmpty() ? "exit status " + answer.status() + "." : errors.replace("\r", "");
    }

    /** Writes what a program reads. */
    @FunctionalInterface
    private interface Input {
        void to(OutputStream output) throws IOException;
    }

    private static CommandResult execute(ProcessLauncher launcher, List<String> command, Optional<Input> input)
            throws IOException, InterruptedException {
        Process process;
        try {
            process = launcher.start(new ProcessBuilder(command));
        } catch (IOException e) {
            throw new FaultException(
                    FaultException.Category.MISSING_ON_MACHINE,
                    command.getFirst() + " could not be started: " + e.getMessage(),
                    "Install openssh-client.",
                    e);
        }
        try {
            FutureTask<String> output = read(process.getInputStream());
            FutureTask<String> errors = read(process.getErrorStream());
            FutureTask<Boolean> written = write(process.getOutputStream(), input);
            int status = process.waitFor();
            // A program may end without having read all; its exit status tells whether that was right.
            written.get();
            return new CommandResult(status, output.get(), errors.get());
        } catch (ExecutionException e) {
            throw new IOException("What ssh wrote could not be read: " + e.getMessage(), e);
        } finally {
            process.destroyForcibly();
        }
    }

    private static FutureTask<String> read(InputStream stream) {
        return task(new FutureTask<>(() -> {
            try (stream) {
                return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }));
    }

    /** Whether all was taken. */
    private static FutureTask<Boolean> write(OutputStream stream, Optional<Input> input) {
        return task(new FutureTask<>(() -> {
            try (stream) {
                if (input.isPresent()) {
                    input.get().to(stream);
                }
                return true;
            } catch (IOException notRead) {
                return false;
            }
        }));
    }

    private static <T> FutureTask<T> task(FutureTask<T> task) {
        // Not a virtual one: reading from a pipe would hold on to one of the few threads that serve the rack's
        // requests.
        Thread.ofPlatform().daemon().name("streams of ssh").start(task);
        return task;
    }
}
