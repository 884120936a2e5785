package io.metalimages.cli;

import io.metalimages.common.FaultException;
import io.metalimages.engine.exec.Network;
import io.metalimages.engine.exec.StepLimits;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ParseResult;

/** What the options of {@link StepOptions}, and the network, were given. Apart from these, as help needs none of it. */
final class StepArguments {

    private static final Pattern AMOUNT = Pattern.compile("([1-9][0-9]{0,8})([a-z]?)");
    private static final long KIBI = 1024;

    private StepArguments() {}

    /** By what users of container engines call it: {@code default} is a network of a step's own, which leads out. */
    static Network network(String name) {
        return switch (name) {
            case "default" -> Network.OUTGOING;
            case "host" -> Network.HOST;
            case "none" -> Network.NONE;
            default ->
                throw FaultException.wrongInput(
                        "--network " + name + ": there is no such network.", "Choose one of: default, host, none");
        };
    }

    static StepLimits limits(ParseResult parsed) {
        StepLimits usual = StepLimits.USUAL;
        return new StepLimits(
                given(parsed, StepOptions.TIMEOUT).map(StepArguments::time).orElse(usual.time()),
                given(parsed, StepOptions.PROCESSES)
                        .map(text -> amount(StepOptions.PROCESSES, text, "", "a number"))
                        .orElse(usual.processes()),
                given(parsed, StepOptions.MEMORY)
                        .map(text -> OptionalLong.of(size(StepOptions.MEMORY, text)))
                        .orElse(usual.memory()),
                given(parsed, StepOptions.LOG_SIZE)
                        .map(text -> size(StepOptions.LOG_SIZE, text))
                        .orElse(usual.log()));
    }

    private static Optional<String> given(ParseResult parsed, String option) {
        return Optional.ofNullable(parsed.matchedOptionValue(option, null));
    }

    private static Duration time(String text) {
        return Duration.ofSeconds(amount(StepOptions.TIMEOUT, text, "smh", "a time such as 90s, 30m or 12h"));
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
