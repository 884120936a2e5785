package io.metalimages.cli.command.test;

import io.metalimages.cli.display.Look;
import io.metalimages.cli.output.JsonText;
import io.metalimages.cli.output.Result;
import io.metalimages.rack.checks.CheckResult;
import io.metalimages.rack.checks.Score;
import io.metalimages.rack.checks.TestReport;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An image that was tested, whatever came of it.
 *
 * @param console what the machine wrote to its serial console
 * @param journal what the system's journal held when checks had failed
 * @param junit the results in JUnit's XML
 * @param result the test result; empty if what was tested is not there any more
 */
public record TestedImage(TestReport report, Path console, Optional<Path> journal, Path junit, Optional<Path> result)
        implements Result {

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
        TestReport report = report();
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("image", report.image());
        members.put("passed", report.passed());
        members.put("started", report.started().toString());
        members.put("profile", report.setup().profile().label());
        members.put("acceleration", report.acceleration());
        members.put("leftOut", report.leftOut());
        members.put("phases", report.phases().stream().map(TestedImage::phase).toList());
        members.put("console", console().toString());
        journal().ifPresent(journal -> members.put("journal", journal.toString()));
        members.put("junit", junit().toString());
        result().ifPresent(result -> members.put("testResult", result.toString()));
        return members;
    }

    private static Map<String, Object> phase(TestReport.Phase phase) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("name", phase.name());
        members.put("passed", phase.passed());
        members.put("seconds", JsonText.seconds(phase.duration()));
        phase.failure().ifPresent(failure -> members.put("failure", failure));
        members.put("checks", phase.checks().stream().map(TestedImage::check).toList());
        if (!phase.scores().isEmpty()) {
            members.put(
                    "scores", phase.scores().stream().map(TestedImage::score).toList());
        }
        return members;
    }

    private static Map<String, Object> score(Score score) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("name", score.name());
        members.put("value", score.value());
        members.put("of", score.most());
        return members;
    }

    private static Map<String, Object> check(CheckResult check) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("name", check.name());
        members.put("resource", check.resource());
        members.put("property", check.property());
        members.put("outcome", check.outcome().name());
        check.expected().ifPresent(expected -> members.put("expected", expected));
        check.found().ifPresent(found -> members.put("found", found));
        check.message().ifPresent(message -> members.put("message", message));
        members.put("seconds", JsonText.seconds(check.duration()));
        return members;
    }
}
