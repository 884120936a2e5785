package io.metalimages.pipeline;

import io.metalimages.artifact.export.Artifact;
import io.metalimages.artifact.export.ExportProgress;
import io.metalimages.engine.Progress;
import java.time.Duration;

/** Is told how far the work on one image is. Called from several threads at once; must return quickly. */
public interface PipelineListener extends Progress {

    /** The steps are done, and the artifact that is there was made from the same: nothing is left to do. */
    void upToDate();

    /** The steps are done; the artifact is made from now on. */
    void exporting();

    void export(ExportProgress.Standing standing);

    void exported(Artifact artifact, Duration duration);
}
