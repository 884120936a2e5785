package io.metalimages.rack.checks;

import io.metalimages.rack.machine.Acceleration;
import io.metalimages.rack.network.Internet;
import io.metalimages.rack.provisioning.Userdata;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
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
 * @param acceleration what the limits of time depend on
 */
public record CheckContext(
        String osId, String osVersion, Userdata userdata, Optional<Internet> internet, Acceleration acceleration) {

    /** How the system was started. */
    public enum Start {
        /** By the hammer. */
        KEXEC,
        /** By firmware and boot loader. */
        DISK
    }

    /** For a command, where the processor runs the guest. */
    private static final Duration USUAL_LIMIT = Duration.ofSeconds(10);

    /** For one that reads a lot, or waits for something. */
    private static final Duration LONG_LIMIT = Duration.ofSeconds(40);

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
        variables.put("limits", Map.of("usual", milliseconds(USUAL_LIMIT), "long", milliseconds(LONG_LIMIT)));
        // What the image lacks is found out on the machine.
        variables.put("absent", List.of());
        variables.put(
                "internet",
                Map.of(
                        "url", place.url().toString(),
                        "name", place.url().getHost(),
                        "addresses", place.addresses()));
        return variables;
    }

    /** In digits, as goss writes large numbers with an exponent. */
    private String milliseconds(Duration usual) {
        return Long.toString(acceleration.limit(usual).toMillis());
    }
}
