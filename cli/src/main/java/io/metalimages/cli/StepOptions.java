package io.metalimages.cli;

import io.metalimages.common.FaultException;
import io.metalimages.engine.exec.StepLimits;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** The options that limit what a step uses up. */
final class StepOptions {

    private static final String TIMEOUT = "--step-timeout";
    private static final String MEMORY = "--step-memory";
    private static final String PROCESSES = "--step-processes";
    private static final String LOG_SIZE = "--step-log-size";

    private static final Pattern AMOUNT = Pattern.compile("([1-9][0-9]{0,8})([a-z]?)");
    private static final long KIBI = 1024;

    private StepOptions() {}

    static void addTo(CommandSpec description) {
        description
                .addOption(option(TIMEOUT, "TIME", "The longest that a step may run: 90s, 30m, 12h. Default: 6h"))
                .addOption(option(MEMORY, "SIZE", "The most memory of a step: 512m, 8g. Default: no limit"))
                .addOption(option(PROCESSES, "NUMBER", "The most processes and threads of a step. Default: 4096"))
                .addOption(option(LOG_SIZE, "SIZE", "The most output of a step that is shown and kept. Default: 256m"));
    }

    private static OptionSpec option(String name, String label, String description) {
        return OptionSpec.builder(name)
                .type(String.class)
                .paramLabel(label)
                .description(description)
                .build();
    }

    static StepLimits limits(ParseResult parsed) {
        StepLimits usual = StepLimits.USUAL;
        return new StepLimits(
                given(parsed, TIMEOUT).map(StepOptions::time).orElse(usual.time()),
                given(parsed, PROCESSES)
                        .map(text -> amount(PROCESSES, text, "", "a number"))
                        .orElse(usual.processes()),
                given(parsed, MEMORY)
                        .map(text -> OptionalLong.of(size(MEMORY, text)))
                        .orElse(usual.memory()),
                given(parsed, LOG_SIZE).map(text -> size(LOG_SIZE, text)).orElse(usual.log()));
    }

    private static Optional<String> given(ParseResult parsed, String option) {
        return Optional.ofNullable(parsed.matchedOptionValue(option, null));
    }

    private static Duration time(String text) {
        return Duration.ofSeconds(amount(TIMEOUT, text, "smh", "a time such as 90s, 30m or 12h"));
    }

    private static long size(String option, String text) {
        return amount(option, text, "kmg", "a size such as 512m or 8g");
    }

    /** A number with one of {@code units}, or without where there are none. */
    private static long amount(String option, String text, String units, String wanted) {
        Matcher amount = AMOUNT.matcher(text.toLowerCase(Locale.ROOT));
        if (!amount.matches() || amount.group(2).isEmpty() != units.isEmpty() || !units.contains(amount.group(2))) {
            throw FaultException.wrongInput(option + " " + text + " is not " + wanted + ".", "Write " + wanted + ".");
        }
        return Long.parseLong(amount.group(1))
                * switch (amount.group(2)) {
                    case "m" -> units.equals("kmg") ? KIBI * KIBI : 60;
                    case "h" -> 60 * 60;
                    case "k" -> KIBI;
                    case "g" -> KIBI * KIBI * KIBI;
                    default -> 1;
                };
    }
}
