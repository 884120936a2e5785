package io.metalimages.cli;

import io.metalimages.artifact.check.CheckReport;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An image that was checked.
 *
 * @param name what the user calls it
 * @param tarball what was read
 * @param showLosses whether to tell also what the burn loses and the image gets back
 */
record CheckedImage(String name, Path tarball, CheckReport report, Duration duration, boolean showLosses)
        implements Result {

    @Override
    public List<String> text(Look look) {
        return new FindingsText(look).of(this);
    }

    @Override
    public List<String> brief() {
        return FindingsText.brief(this);
    }

    @Override
    public Optional<String> array() {
        return Optional.of("checks");
    }

    @Override
    public Map<String, Object> json() {
        return JsonText.check(this);
    }
}
