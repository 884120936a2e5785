package io.metalimages.rack.machine;

import io.metalimages.engine.work.ProcessLauncher;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Starts a program of this machine: in the network that all programs share, or in one of the rack's own. */
@FunctionalInterface
public interface Launcher {

    /**
     * Starts a program that goes on by itself, without standard input.
     *
     * @param log the file to which its output and errors are appended
     * @return the program's own process: its id is the program's
     * @throws IOException if the program is not there or can't be started
     */
    Process start(List<String> command, Path log) throws IOException;

    /** Starts programs in the network of this process. */
    static Launcher plain(ProcessLauncher launcher) {
        return (command, log) -> launcher.start(new ProcessBuilder(command)
                .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile())));
    }
}
