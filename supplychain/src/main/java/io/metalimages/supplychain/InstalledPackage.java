package io.metalimages.supplychain;

import java.util.Optional;

/**
 * A package that is installed in an image.
 *
 * @param source what it was built from
 * @param maintainer {@code Name <address>}
 * @param homepage as the package gives it
 * @param summary one line
 * @param depends as the package gives it, {@code Pre-Depends} included
 * @param provides names of what it is also good for, as the package gives them
 */
record InstalledPackage(
        String name,
        String version,
        String architecture,
        Source source,
        Optional<String> maintainer,
        Optional<String> homepage,
        Optional<String> summary,
        String depends,
        String provides) {

    /** A source package. */
    record Source(String name, String version) {}
}
