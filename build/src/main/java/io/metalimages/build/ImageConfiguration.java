package io.metalimages.build;

import io.metalimages.dockerfile.syntax.Instruction;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What an image says of how to use it, as far as the stages that start from it inherit it.
 *
 * @param environment in the order in which it was set
 * @param workingDirectory absolute
 * @param user empty for root
 * @param shell what the shell form is run by
 * @param triggers what {@code ONBUILD} leaves to the stages that start from this image, and to no others
 */
record ImageConfiguration(
        Map<String, String> environment,
        Map<String, String> labels,
        String workingDirectory,
        String user,
        List<String> shell,
        List<Instruction> triggers) {

    static final ImageConfiguration EMPTY =
            new ImageConfiguration(Map.of(), Map.of(), "/", "", List.of("/bin/sh", "-c"), List.of());

    ImageConfiguration withEnvironment(Map<String, String> further) {
        return new ImageConfiguration(joined(environment, further), labels, workingDirectory, user, shell, triggers);
    }

    ImageConfiguration withLabels(Map<String, String> further) {
        return new ImageConfiguration(environment, joined(labels, further), workingDirectory, user, shell, triggers);
    }

    ImageConfiguration withWorkingDirectory(String path) {
        return new ImageConfiguration(environment, labels, path, user, shell, triggers);
    }

    ImageConfiguration withUser(String name) {
        return new ImageConfiguration(environment, labels, workingDirectory, name, shell, triggers);
    }

    ImageConfiguration withShell(List<String> arguments) {
        return new ImageConfiguration(environment, labels, workingDirectory, user, arguments, triggers);
    }

    ImageConfiguration withTrigger(Instruction trigger) {
        List<Instruction> further =
                Stream.concat(triggers.stream(), Stream.of(trigger)).toList();
        return new ImageConfiguration(environment, labels, workingDirectory, user, shell, further);
    }

    ImageConfiguration withoutTriggers() {
        return new ImageConfiguration(environment, labels, workingDirectory, user, shell, List.of());
    }

    private static Map<String, String> joined(Map<String, String> first, Map<String, String> second) {
        Map<String, String> joined = new LinkedHashMap<>(first);
        joined.putAll(second);
        return joined;
    }
}
