package io.metalimages.engine.exec;

import io.metalimages.common.FaultException;
import io.metalimages.common.linux.RootedPath;
import io.metalimages.engine.files.Accounts;
import io.metalimages.engine.snapshot.Snapshot;
import io.metalimages.engine.snapshot.Snapshots;
import io.metalimages.engine.work.WorkDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A shell in the file system of a snapshot, to see for oneself. What is changed there is lost. */
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
    public static int open(Snapshots snapshots, Snapshot snapshot, WorkDirectory work, String term)
            throws IOException, InterruptedException {
        try (Snapshots.Changes changes = snapshots.change(snapshot, work)) {
            Optional<String> shell = Optional.empty();
            for (String candidate : SHELLS) {
                if (shell.isEmpty() && Files.isExecutable(RootedPath.resolve(changes.root(), candidate))) {
                    shell = Optional.of(candidate);
                }
            }
            if (shell.isEmpty()) {
                throw FaultException.wrongInput("There is no shell in this file system.", null);
            }
            return OciRuntime.find(work)
                    .runOnTerminal(new OciRuntime.Container(
                            changes.root(),
                            List.of(shell.get()),
                            Map.of("PATH", PATH, "TERM", term),
                            "/",
                            Accounts.Ids.ROOT,
                            Network.OUTGOING,
                            List.of()));
        }
    }
}
