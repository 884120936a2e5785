package io.metalimages.build;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What an image says of how to use it, as far as the stages that start from it inherit it.
 *
 * @param environment in the order in which it was set
 * @param workingDirectory absolute
 * @param user empty for root
 * @param shell what the shell form is run by
 */
record ImageConfiguration(
        Map<String, String> environment,
        Map<String, String> labels,
        String workingDirectory,
        String user,
        List<String> shell) {

    static final ImageConfiguration EMPTY =
            new ImageConfiguration(Map.of(), Map.of(), "/", "", List.of("/bin/sh", "-c"));

    ImageConfiguration withEnvironment(Map<String, String> further) {
        return new ImageConfiguration(joined(environment, further), labels, workingDirectory, user, shell);
    }

    ImageConfiguration withLabels(Map<String, String> further) {
        return new ImageConfiguration(environment, joined(labels, further), workingDirectory, user, shell);
    }

    ImageConfiguration withWorkingDirectory(String path) {
        return new ImageConfiguration(environment, labels, path, user, shell);
    }

    ImageConfiguration withUser(String name) {
        return new ImageConfiguration(environment, labels, workingDirectory, name, shell);
    }

    ImageConfiguration withShell(List<String> arguments) {
        return new ImageConfiguration(environment, labels, workingDirectory, user, arguments);
    }

    private static Map<String, String> joined(Map<String, String> first, Map<String, String> second) {
        Map<String, String> joined = new LinkedHashMap<>(first);
        joined.putAll(second);
        return joined;
    }
}
