package io.metalimages.rack.checks;

import java.time.Duration;
import java.util.Optional;

/**
 * How one check of a running system came out.
 *
 * @param name what was checked: {@code frr}, {@code /etc/fstab}, {@code no unit has failed}
 * @param resource of what kind that is, in goss's words: {@code Service}, {@code File}, {@code Command}
 * @param property what of it: {@code running}, {@code mode}, {@code stdout}
 * @param expected in JSON, empty where goss says nothing of it
 * @param found likewise
 * @param message a sentence of what is wrong, or why the check was skipped; empty if nothing is, or nobody said
 * @param duration how long it took on the machine
 */
public record CheckResult(
        String name,
        String resource,
        String property,
        Outcome outcome,
        Optional<String> expected,
        Optional<String> found,
        Optional<String> message,
        Duration duration) {

    public enum Outcome {
        PASSED,
        FAILED,
        SKIPPED
    }

    /** A check that the rack makes itself; {@code trouble} is empty if it passed. */
    public static CheckResult of(String name, String resource, String property, Optional<String> trouble) {
        return new CheckResult(
                name,
                resource,
                property,
                trouble.isEmpty() ? Outcome.PASSED : Outcome.FAILED,
                Optional.empty(),
                Optional.empty(),
                trouble,
                Duration.ZERO);
    }

    /** A check that the rack would make itself, and that has no sense here. */
    public static CheckResult skipped(String name, String resource, String property, String reason) {
        return new CheckResult(
                name,
                resource,
                property,
                Outcome.SKIPPED,
                Optional.empty(),
                Optional.empty(),
                Optional.of(reason),
                Duration.ZERO);
    }

    /** All three names in one: {@code Service frr: running}. */
    public String title() {
        return resource + " " + name + ": " + property;
    }
}
