package io.metalimages.supplychain.packages;

import java.util.List;
import java.util.Optional;

/**
 * A package that is installed in an image.
 *
 * @param source what it was built from
 * @param maintainer {@code Name <address>}, or a name
 * @param homepage as the package gives it
 * @param summary one line
 * @param license as the package's own database has it, which dpkg's has not
 * @param depends what it needs; of each entry one is enough
 * @param provides names of what it is also good for
 */
public record InstalledPackage(
        Kind kind,
        String name,
        String version,
        String architecture,
        Source source,
        Optional<String> maintainer,
        Optional<String> homepage,
        Optional<String> summary,
        Optional<String> license,
        List<List<String>> depends,
        List<String> provides) {

    /** The form of a package. */
    enum Kind {
        DEB,
        RPM
    }

    /** A source package. */
    public record Source(String name, String version) {}

    public InstalledPackage {
        depends = depends.stream().map(List::copyOf).toList();
        provides = List.copyOf(provides);
    }
}
