package io.metalimages.engine.exec;

import io.metalimages.common.FaultException;
import io.metalimages.common.linux.OpenedFile;
import io.metalimages.common.linux.RootDirectory;
import io.metalimages.engine.files.Accounts;
import io.metalimages.engine.snapshot.Snapshot;
import io.metalimages.engine.snapshot.SnapshotStore;
import io.metalimages.engine.work.WorkDirectory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A shell in the file system of a snapshot or of an image, to see for oneself. It runs as a step runs: in a container, with
 * a step's capabilities, system calls and network. What is changed there is lost.
 */
public final class InspectionShell {

    private static final List<String> SHELLS = List.of("/bin/bash", "/bin/sh");
    private static final String PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private InspectionShell() {}

    /**
     * Runs a shell on this process's terminal until the user leaves it.
     *
     * @param term the kind of terminal, as in the environment variable TERM
     * @return the shell's exit status
     * @throws FaultException if the snapshot holds no shell
     */
    public static int open(SnapshotStore snapshots, Snapshot snapshot, WorkDirectory work, String term)
            throws IOException, InterruptedException {
        try (SnapshotStore.Prepared changes = snapshots.prepare(snapshot, work)) {
            return run(changes.root(), List.of(), "this file system", work, term);
        }
    }

    /**
     * Runs a shell, or a command, on this process's terminal until it ends.
     *
     * @param root the root file system, which is written to
     * @param command what to run in place of a login shell, if it is not empty
     * @param name what the user calls the root file system
     * @param term the kind of terminal, as in the environment variable TERM
     * @return the exit status of what ran
     * @throws FaultException if the root file system does not hold the shell or the command
     */
    public static int run(Path root, List<String> command, String name, WorkDirectory work, String term)
            throws IOException, InterruptedException {
        List<String> arguments = new ArrayList<>(command);
        if (command.isEmpty()) {
            String shell = SHELLS.stream()
                    .filter(candidate -> isExecutable(root, candidate))
                    .findFirst()
                    .orElseThrow(() ->
                            FaultException.wrongInput("There is no shell in " + name + ".", "Name a command to run."));
            arguments.addAll(List.of(shell, "-l"));
        } else if (Stream.of(candidates(command.getFirst())).noneMatch(candidate -> isExecutable(root, candidate))) {
            throw FaultException.wrongInput(
                    "There is no program " + command.getFirst() + " in " + name + ".", "Name another command.");
        }
        return OciRuntime.find(work)
                .runOnTerminal(new OciRuntime.Container(
                        root,
                        arguments,
                        Map.of("PATH", PATH, "TERM", term, "HOME", "/root", "LANG", "C.UTF-8"),
                        "/",
                        Accounts.Ids.ROOT,
                        Network.OUTGOING,
                        List.of(
                                OciRuntime.BindMount.memory("/run", "mode=0755"),
                                OciRuntime.BindMount.memory("/tmp", "mode=1777"))));
    }

    private static String[] candidates(String program) {
        return program.contains("/")
                ? new String[] {program}
                : Stream.of(PATH.split(":"))
                        .map(directory -> directory + "/" + program)
                        .toArray(String[]::new);
    }

    private static boolean isExecutable(Path root, String program) {
        try (RootDirectory opened = RootDirectory.open(root)) {
            Optional<OpenedFile> found = opened.findRegularFile(program);
            found.ifPresent(OpenedFile::close);
            return found.filter(file -> (file.status().permissions() & 0111) != 0)
                    .isPresent();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
