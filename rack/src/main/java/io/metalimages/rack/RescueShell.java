package io.metalimages.rack;

import io.metalimages.common.FaultException;
import io.metalimages.engine.Progress;
import io.metalimages.engine.Step;
import io.metalimages.engine.exec.InspectionShell;
import io.metalimages.engine.work.WorkDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A shell in an image as it is on a server's disk: unpacked with metal-hammer's losses. It runs as a step of a build does, and
 * reaches nothing of this machine. The installer has not run. What is changed there is lost.
 */
public final class RescueShell {

    /** Owners, directory modes, times and extended attributes are lost, as metal-hammer loses them. */
    private static final String UNPACK = """
            set -o pipefail
            lz4 -dc "$1" | tar --extract --directory "$2" --preserve-permissions --no-same-owner --touch &&
                find "$2" -type d ! -perm 0755 -exec chmod 0755 {} +
            """;

    private static final Step UNPACKING = new Step(1, "unpack the image as metal-hammer does", "");

    private final Path tarball;
    private final Path root;
    private final WorkDirectory work;

    private RescueShell(Path tarball, Path root, WorkDirectory work) {
        this.tarball = tarball;
        this.root = root;
        this.work = work;
    }

    /**
     * Unpacks an image.
     *
     * @param tarball an image's {@code img.tar.lz4}
     * @param work keeps the files
     * @throws FaultException if the image can't be unpacked
     */
    public static RescueShell unpack(Path tarball, WorkDirectory work, Progress progress)
            throws IOException, InterruptedException {
        Path root = work.newDirectory("burned");
        List<String> output = new ArrayList<>();
        long begun = System.nanoTime();
        progress.report(new Progress.Event.Planned(List.of(UNPACKING)));
        progress.report(new Progress.Event.Started(UNPACKING, "a shell needs its files"));
        int status = work.launcher()
                .run(List.of("bash", "-c", UNPACK, "bash", tarball.toString(), root.toString()), Map.of(), output::add);
        if (status != 0) {
            throw FaultException.failed(
                    tarball + " could not be unpacked: "
                            + String.join("; ", output.stream().limit(3).toList()),
                    null);
        }
        progress.report(new Progress.Event.Finished(UNPACKING, Duration.ofNanos(System.nanoTime() - begun)));
        return new RescueShell(tarball, root, work);
    }

    /**
     * Runs a shell, or {@code command}, on this process's terminal until it ends.
     *
     * @param command what to run in place of a shell, if it is not empty
     * @param term the kind of terminal, as in the environment variable TERM
     * @return the exit status of what ran
     * @throws FaultException if the image does not hold the shell or the command
     */
    public int run(List<String> command, String term) throws IOException, InterruptedException {
        return InspectionShell.run(root, command, tarball.toString(), work, term);
    }
}
