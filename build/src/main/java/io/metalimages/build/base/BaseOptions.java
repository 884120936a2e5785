package io.metalimages.build.base;

import java.util.Map;

/**
 * How bases are made.
 *
 * @param withoutSecurity whether they do without their distribution's security updates
 * @param environment of this process, which may name archives and keys
 */
public record BaseOptions(boolean withoutSecurity, Map<String, String> environment) {

    public BaseOptions {
        environment = Map.copyOf(environment);
    }

    /** The variable's value; empty if it has none. */
    String variable(String name) {
        return environment.getOrDefault(name, "").strip();
    }
}
