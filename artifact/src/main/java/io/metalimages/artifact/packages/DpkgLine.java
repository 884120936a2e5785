package io.metalimages.artifact.packages;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A package as a line of {@code dpkg -l} shows it.
 *
 * @param installed whether the package's files are there: in part at least, and not its settings alone
 * @param description in a few words; may be empty
 */
public record DpkgLine(boolean installed, String name, String version, String architecture, String description) {

    /** Three letters of state (wanted, is, error), name, version, architecture; see dpkg-query(1). */
    private static final Pattern FORM =
            Pattern.compile("[uihrp]([ncHUFWti])[ R] +([^ :]+)(?::[^ ]+)? +([^ ]+) +([^ ]+)(?: +(.*))?");

    /** Empty for the lines of the head, and for others that name no package. */
    public static Optional<DpkgLine> parse(String line) {
        Matcher matcher = FORM.matcher(line);
        return matcher.matches()
                ? Optional.of(new DpkgLine(
                        !"nc".contains(matcher.group(1)),
                        matcher.group(2),
                        matcher.group(3),
                        matcher.group(4),
                        Optional.ofNullable(matcher.group(5)).orElse("").strip()))
                : Optional.empty();
    }
}
