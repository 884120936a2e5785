package io.metalimages.rack.checks;

/**
 * How far a system has come by a scale of somebody else's.
 *
 * @param name {@code Lynis hardening index}
 * @param most the end of the scale
 */
public record Score(String name, int value, int most) {

    @Override
    public String toString() {
        return "%s %d of %d".formatted(name, value, most);
    }
}
