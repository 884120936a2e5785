package io.metalimages.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A server in a process of its own, which has written to its log that it is ready. */
public final class ServerProcess implements AutoCloseable {

    private final Process process;
    private final MatchResult ready;

    private ServerProcess(Process process, MatchResult ready) {
        this.process = process;
        this.ready = ready;
    }

    /**
     * Starts a server, and waits until it is ready.
     *
     * @param log where its output goes
     * @param ready what it writes when it is; its first group is the port
     * @throws IOException if it ends before, with what it wrote
     */
    public static ServerProcess start(List<String> command, Path log, Pattern ready)
            throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        while (true) {
            boolean ended = !process.isAlive();
            String said = Files.readString(log);
            Matcher matcher = ready.matcher(said);
            if (matcher.find()) {
                return new ServerProcess(process, matcher.toMatchResult());
            }
            if (ended) {
                throw new IOException(String.join(" ", command) + " ended: " + said);
            }
            Thread.sleep(10);
        }
    }

    public int port() {
        return Integer.parseInt(ready.group(1));
    }

    /** Ends the server, and waits until it has. */
    @Override
    public void close() {
        process.destroy();
        process.onExit().join();
    }
}
