package io.metalimages.rack.checks;

import io.metalimages.rack.network.Internet;
import io.metalimages.rack.provisioning.Userdata;
import java.net.URI;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What a system is checked against, apart from its allocation.
 *
 * @param osId {@code ID} of {@code /etc/os-release}
 * @param osVersion what its {@code VERSION_ID} has to begin with
 * @param internet what is beyond the switches; empty if there are none, which leaves out what needs them
 */
public record CheckContext(String osId, String osVersion, Userdata userdata, Optional<Internet> internet) {

    /** How the system was started. */
    public enum Start {
        /** By the hammer. */
        KEXEC,
        /** By firmware and boot loader. */
        DISK
    }

    private static final Internet NOWHERE =
            new Internet(URI.create("https://internet.invalid/"), List.of(), Path.of(""));

    /** The variables that {@code os/tests/machine.yaml} describes. */
    Map<String, Object> variables(Start start) {
        Internet place = internet.orElse(NOWHERE);
        Map<String, Object> variables = new LinkedHashMap<>();
        variables.put("os", Map.of("id", osId, "version", osVersion));
        variables.put("boot", start.name().toLowerCase(Locale.ROOT));
        variables.put("userdata", userdata.label());
        variables.put("fabric", internet.isPresent());
        variables.put("missingDisks", 0);
        variables.put(
                "internet",
                Map.of(
                        "url", place.url().toString(),
                        "name", place.url().getHost(),
                        "addresses", place.addresses()));
        return variables;
    }
}
