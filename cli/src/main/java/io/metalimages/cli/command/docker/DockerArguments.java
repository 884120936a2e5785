package io.metalimages.cli.command.docker;

import io.metalimages.build.BuildOptions;
import io.metalimages.build.LocalImages;
import io.metalimages.build.Platform;
import io.metalimages.cli.command.StepArguments;
import io.metalimages.cli.command.build.CredentialArguments;
import io.metalimages.common.FaultException;
import io.metalimages.registry.ImageReference;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.ParseResult;

/** Reads what the options of {@code docker build} were given. */
final class DockerArguments {

    private final ParseResult parsed;
    private final Map<String, String> environment;

    DockerArguments(ParseResult parsed, Map<String, String> environment) {
        this.parsed = parsed;
        this.environment = environment;
    }

    Optional<String> text(String option) {
        return Optional.ofNullable(parsed.matchedOptionValue(option, null));
    }

    boolean flag(String option) {
        return parsed.matchedOptionValue(option, false);
    }

    List<String> list(String option) {
        return parsed.matchedOptionValue(option, List.of());
    }

    List<ImageReference> names() {
        return list("--tag").stream().map(LocalImages::name).toList();
    }

    /** Each {@code NAME=VALUE}; without a value that of the environment, or none. */
    Map<String, String> buildArguments() {
        Map<String, String> values = new LinkedHashMap<>();
        for (String argument : list("--build-arg")) {
            int equals = argument.indexOf('=');
            String name = equals < 0 ? argument : argument.substring(0, equals);
            String value = equals < 0 ? environment.get(name) : argument.substring(equals + 1);
            if (value != null) {
                values.put(name, value);
            }
        }
        return values;
    }

    /** Each {@code NAME=VALUE}. */
    Map<String, String> assignments(String option) {
        Map<String, String> values = new LinkedHashMap<>();
        for (String assignment : list(option)) {
            int equals = assignment.indexOf('=');
            if (equals == 0 || (equals < 0 && !option.equals("--label"))) {
                throw FaultException.wrongInput(
                        option + " " + assignment + " has no name or no value.", "Write " + option + " NAME=VALUE.");
            }
            values.put(
                    equals < 0 ? assignment : assignment.substring(0, equals),
                    equals < 0 ? "" : assignment.substring(equals + 1));
        }
        return values;
    }

    BuildOptions buildOptions() throws IOException {
        return new BuildOptions(
                flag("--no-cache"),
                Set.copyOf(list("--no-cache-filter")),
                flag("--pull"),
                false,
                StepArguments.network(text("--network").orElse("default")),
                StepArguments.limits(parsed),
                CredentialArguments.read(list("--secret"), list("--ssh"), environment));
    }

    /** @throws FaultException if the platform is none that this machine can build for */
    void requirePlatform() {
        for (String platform :
                text("--platform").map(names -> List.of(names.split(","))).orElse(List.of())) {
            Platform.requireThisMachines(platform, "--platform " + platform + ": ");
        }
    }

    /** @throws FaultException if one of the options is given */
    void refuse(List<String> options) {
        for (String option : options) {
            if (!list(option).isEmpty()) {
                throw FaultException.wrongInput(option + " is not supported.", "Leave it out.");
            }
        }
    }
}
