package io.metalimages.engine.work;

import java.io.BufferedReader;
import java.io.File;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.Reader;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Starts programs of this machine such that none outlives the work: each carries the mark of the working directory it
 * was started for, by which it is found and ended, by this process or, had that been killed, by the next one. Thread-safe.
 */
public final class ProcessLauncher {

    /** The environment variable whose value marks a process and what it starts in turn. */
    static final String MARK = "METAL_IMAGES_WORK";

    private static final Duration LAST_OUTPUT = Duration.ofSeconds(1);

    private final String mark;

    ProcessLauncher(String mark) {
        this.mark = mark;
    }

    /**
     * Runs a program to its end, without standard input.
     *
     * @param environment added to this process's own
     * @param output takes the program's output and errors, line by line, on another thread
     * @return its exit status
     * @throws IOException if it can't be started
     * @throws InterruptedException if this thread was interrupted; the program was ended first
     */
    public int run(List<String> command, Map<String, String> environment, Consumer<String> output)
            throws IOException, InterruptedException {
        return run(command, environment, output, () -> {});
    }

    /** Like {@link #run(List, Map, Consumer)}; {@code stop} is called first when the program has to end early. */
    public int run(List<String> command, Map<String, String> environment, Consumer<String> output, Stop stop)
            throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        Process process = start(builder.redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null"))));
        // Reading from a pipe holds on to the thread below a virtual one, of which there are as many as processors.
        Thread reader = Thread.ofPlatform().daemon().name("output of a program").start(() -> forward(process, output));
        try {
            int status = process.waitFor();
            reader.join();
            return status;
        } catch (InterruptedException e) {
            stop.stop();
            end(process);
            // What it wrote last comes before the caller closes what takes it.
            reader.join(LAST_OUTPUT);
            throw e;
        }
    }

    /** What a program reads. */
    @FunctionalInterface
    public interface Input {

        /** Writes it; {@code program} is closed by the caller, and fails once the program has ended. */
        void writeTo(OutputStream program) throws IOException, InterruptedException;
    }

    /**
     * Runs a program that reads {@code input} to its end. A program that ends without having read all is no fault here: its
     * exit status counts.
     *
     * @param output takes the program's output and errors, line by line, on another thread
     * @return its exit status
     * @throws IOException if it can't be started, or {@code input} fails; the program was ended then
     */
    public int feed(List<String> command, Map<String, String> environment, Input input, Consumer<String> output)
            throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        Process process = start(builder);
        Thread reader = Thread.ofPlatform().daemon().name("output of a program").start(() -> forward(process, output));
        try {
            write(input, process);
            int status = process.waitFor();
            reader.join();
            return status;
        } finally {
            end(process);
        }
    }

    private static void write(Input input, Process process) throws IOException, InterruptedException {
        ProgramInput program = new ProgramInput(process.getOutputStream());
        try (program) {
            input.writeTo(program);
        } catch (IOException e) {
            if (!program.ended) {
                throw e;
            }
        }
    }

    /** Knows whether writing failed. */
    private static final class ProgramInput extends FilterOutputStream {

        private boolean ended;

        ProgramInput(OutputStream program) {
            super(program);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            try {
                out.write(bytes, offset, length);
            } catch (IOException e) {
                ended = true;
                throw e;
            }
        }

        @Override
        public void write(int one) throws IOException {
            write(new byte[] {(byte) one}, 0, 1);
        }

        /** What is left in a buffer is not missed by a program that has ended. */
        @Override
        public void close() throws IOException {
            try {
                out.close();
            } catch (IOException e) {
                ended = true;
                throw e;
            }
        }
    }

    /** A way to end a program that signals to it don't reach. */
    @FunctionalInterface
    public interface Stop {
        void stop() throws IOException, InterruptedException;
    }

    /** Runs a program on this process's own terminal, and returns its exit status. */
    public int runOnTerminal(List<String> command) throws IOException, InterruptedException {
        Process process = start(new ProcessBuilder(command).inheritIO());
        try {
            return process.waitFor();
        } catch (InterruptedException e) {
            end(process);
            throw e;
        }
    }

    /**
     * Starts a program that goes on by itself. The caller ends it; if it does not come to that, closing the working
     * directory does.
     */
    public Process start(ProcessBuilder builder) throws IOException {
        builder.environment().put(MARK, mark);
        return builder.start();
    }

    /** Asks politely first: a program such as mmdebstrap then undoes its own mounts. */
    private static void end(Process process) {
        boolean interrupted = false;
        process.destroy();
        try {
            if (!process.waitFor(5, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            interrupted = true;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** In characters: more of a line than this is cut, so that memory does not grow with what a program writes. */
    static final int LONGEST_LINE = 64 * 1024;

    private static void forward(Process process, Consumer<String> output) {
        var decoder = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPLACE)
                .onUnmappableCharacter(CodingErrorAction.REPLACE);
        try (Reader reader = new BufferedReader(new InputStreamReader(process.getInputStream(), decoder))) {
            forwardLines(reader, output);
        } catch (IOException e) {
            output.accept("(the rest of the output could not be read: " + e.getMessage() + ")");
        }
    }

    /** A line ends at a line feed, a carriage return, or both. */
    private static void forwardLines(Reader reader, Consumer<String> output) throws IOException {
        StringBuilder line = new StringBuilder();
        long length = 0;
        boolean afterReturn = false;
        for (int character = reader.read(); character >= 0; character = reader.read()) {
            if (character == '\n' && afterReturn) {
                afterReturn = false;
            } else if (character == '\n' || character == '\r') {
                output.accept(text(line, length));
                line.setLength(0);
                length = 0;
                afterReturn = character == '\r';
            } else {
                afterReturn = false;
                length++;
                if (line.length() < LONGEST_LINE) {
                    line.append((char) character);
                }
            }
        }
        if (length > 0) {
            output.accept(text(line, length));
        }
    }

    private static String text(StringBuilder line, long length) {
        return length > line.length()
                ? line + " [" + (length - line.length()) + " more characters of this line were cut]"
                : line.toString();
    }
}
