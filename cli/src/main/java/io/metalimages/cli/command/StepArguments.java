package io.metalimages.cli.command;

import io.metalimages.common.Amount;
import io.metalimages.common.FaultException;
import io.metalimages.engine.exec.Network;
import io.metalimages.engine.exec.StepLimits;
import java.util.Optional;
import java.util.OptionalLong;
import picocli.CommandLine.ParseResult;

/** What the options of {@link StepOptions}, and the network, were given. Apart from these, as help needs none of it. */
public final class StepArguments {

    private StepArguments() {}

    /** By what users of container engines call it: {@code default} is a network of a step's own, which leads out. */
    public static Network network(String name) {
        return switch (name) {
            case "default" -> Network.OUTGOING;
            case "host" -> Network.HOST;
            case "none" -> Network.NONE;
            default ->
                throw FaultException.wrongInput(
                        "--network " + name + ": there is no such network.", "Choose one of: default, host, none");
        };
    }

    public static StepLimits limits(ParseResult parsed) {
        StepLimits usual = StepLimits.USUAL;
        return new StepLimits(
                given(parsed, StepOptions.TIMEOUT)
                        .map(text -> Amount.duration(StepOptions.TIMEOUT, text))
                        .orElse(usual.time()),
                given(parsed, StepOptions.PROCESSES)
                        .map(text -> Amount.count(StepOptions.PROCESSES, text))
                        .orElse(usual.processes()),
                given(parsed, StepOptions.MEMORY)
                        .map(text -> OptionalLong.of(Amount.bytes(StepOptions.MEMORY, text)))
                        .orElse(usual.memory()),
                given(parsed, StepOptions.LOG_SIZE)
                        .map(text -> Amount.bytes(StepOptions.LOG_SIZE, text))
                        .orElse(usual.log()));
    }

    private static Optional<String> given(ParseResult parsed, String option) {
        return Optional.ofNullable(parsed.matchedOptionValue(option, null));
    }
}
