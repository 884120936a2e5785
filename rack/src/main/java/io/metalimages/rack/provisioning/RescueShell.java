package io.metalimages.rack.provisioning;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.common.FaultException;
import io.metalimages.engine.Progress;
import io.metalimages.engine.Step;
import io.metalimages.engine.exec.InspectionShell;
import io.metalimages.engine.work.WorkDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * A shell in an image as it is on a server's disk: unpacked with metal-hammer's losses. It runs as a step of a build does, and
 * reaches nothing of this machine. The installer has not run. What is changed there is lost.
 */
public final class RescueShell {

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
     * @param work keeps the files
     * @throws FaultException if the image is damaged, or would take more of the disk than an image may
     */
    public static RescueShell unpack(ArtifactLocation image, WorkDirectory work, Progress progress)
            throws IOException, InterruptedException {
        Path root = work.newDirectory("burned");
        long begun = System.nanoTime();
        progress.report(new Progress.Event.Planned(List.of(UNPACKING)));
        progress.report(new Progress.Event.Started(UNPACKING, "a shell needs its files"));
        new HammerUnpacking(image, root, work).run();
        progress.report(new Progress.Event.Finished(UNPACKING, Duration.ofNanos(System.nanoTime() - begun)));
        return new RescueShell(image.tarball(), root, work);
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
