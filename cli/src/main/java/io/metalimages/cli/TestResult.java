package io.metalimages.cli;

import io.metalimages.rack.checks.TestReport;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An image that was tested, whatever came of it.
 *
 * @param console what the machine wrote to its serial console
 * @param journal what the system's journal held when checks had failed
 * @param junit the results in JUnit's XML
 */
record TestResult(TestReport report, Path console, Optional<Path> journal, Path junit) implements Result {

    @Override
    public List<String> text(Look look) {
        return new TestText(look).of(this);
    }

    @Override
    public List<String> brief() {
        return TestText.brief(this);
    }

    @Override
    public Optional<String> array() {
        return Optional.of("tests");
    }

    @Override
    public Map<String, Object> json() {
        return JsonText.test(this);
    }
}
