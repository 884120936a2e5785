package io.metalimages.cli.display;

import io.metalimages.artifact.export.Artifact;
import io.metalimages.artifact.export.ExportProgress;
import io.metalimages.engine.Progress;
import java.time.Duration;

/** Shows nothing. */
final class SilentDisplay implements Display {

    @Override
    public void begin(String image, String work) {}

    @Override
    public void report(Progress.Event event) {}

    @Override
    public void upToDate() {}

    @Override
    public void exporting() {}

    @Override
    public void export(ExportProgress.Standing standing) {}

    @Override
    public void exported(Artifact artifact, Duration duration) {}

    @Override
    public boolean tick() {
        return false;
    }

    @Override
    public void interrupted() {}

    @Override
    public void close() {}
}
