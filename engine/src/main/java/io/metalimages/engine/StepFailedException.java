package io.metalimages.engine;

import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import io.metalimages.engine.snapshot.SnapshotStore;
import java.nio.file.Path;
import java.util.List;

/** A step's program exited with a status other than 0. What it had made until then is kept for a look inside. */
public final class StepFailedException extends FaultException {

    private static final long serialVersionUID = 1L;

    private final transient Step step;
    private final int status;
    private final transient List<String> lastLines;
    private final transient Path log;
    private final transient Digest key;

    StepFailedException(Step step, int status, String limit, List<String> lastLines, Path log, Digest key) {
        super(
                Category.FAILED_WORK,
                step.location() + ": " + step.name()
                        + (limit.isEmpty() ? " failed with exit status " + status + "." : " " + limit),
                null,
                null);
        this.step = step;
        this.status = status;
        this.lastLines = List.copyOf(lastLines);
        this.log = log;
        this.key = key;
    }

    public Step step() {
        return step;
    }

    /** The program's exit status, 1 to 255. */
    public int status() {
        return status;
    }

    /** The last lines of its output, the oldest first. */
    public List<String> lastLines() {
        return lastLines;
    }

    /** The file with all of its output. */
    public Path log() {
        return log;
    }

    /** Finds the file system that the step left, see {@link SnapshotStore#findFailed}. */
    public Digest key() {
        return key;
    }
}
