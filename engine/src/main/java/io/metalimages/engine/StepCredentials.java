package io.metalimages.engine;

import java.nio.file.Path;
import java.util.Map;

/**
 * What the user lends to steps that ask for it. It is no part of any key, result or record: a step that has run does not
 * run again because a secret has changed.
 *
 * @param secrets by their ids
 * @param agents the sockets of SSH agents by their ids
 */
public record StepCredentials(Map<String, byte[]> secrets, Map<String, Path> agents) {

    public static final StepCredentials NONE = new StepCredentials(Map.of(), Map.of());

    public StepCredentials {
        secrets = Map.copyOf(secrets);
        agents = Map.copyOf(agents);
    }

    /** Without what is secret. */
    @Override
    public String toString() {
        return "secrets " + secrets.keySet() + ", agents " + agents.keySet();
    }
}
