package io.metalimages.supplychain.packages;

import io.metalimages.artifact.check.OsRelease;
import io.metalimages.common.FaultException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What is in an image: its system, and its packages with what they say of themselves.
 *
 * <p>Immutable.
 *
 * @param system empty if the tree does not say which it is
 * @param known whether the tree has a database of packages, dpkg's or rpm's
 * @param items by name, then architecture
 */
public record Inventory(Optional<OsRelease> system, boolean known, List<Item> items) {

    private static final List<String> OS_RELEASE = List.of("etc/os-release", "usr/lib/os-release");
    private static final int LARGEST_OS_RELEASE = 1 << 16;

    /**
     * A package.
     *
     * @param license what it declares; empty if that is in no form that is known
     * @param url its package URL
     * @param dependencies package URLs of what it needs, sorted; of alternatives the first that is there
     */
    public record Item(
            InstalledPackage installed,
            Optional<DeclaredLicense> license,
            String url,
            SortedSet<String> dependencies) {}

    public Inventory {
        items = List.copyOf(items);
    }

    /**
     * Reads the tree at {@code root}, which may be anything.
     *
     * @throws FaultException if its database is larger than any, or cannot be read on this machine
     */
    public static Inventory read(Path root) throws IOException {
        Optional<OsRelease> system = system(root);
        Optional<List<InstalledPackage>> dpkg = DpkgDatabase.read(root);
        Optional<List<InstalledPackage>> database = dpkg.isPresent() ? dpkg : RpmDatabase.read(root);
        List<InstalledPackage> packages = database.orElse(List.of());
        Optional<String> release =
                system.filter(found -> !found.version().isEmpty()).map(found -> found.id() + "-" + found.version());
        String namespace = system.map(OsRelease::id).orElse("debian");
        Map<String, String> urls = new HashMap<>();
        for (InstalledPackage one : packages) {
            urls.putIfAbsent(one.name(), PackageUrl.of(one, namespace, release));
        }
        for (InstalledPackage one : packages) {
            one.provides().forEach(name -> urls.putIfAbsent(name, PackageUrl.of(one, namespace, release)));
        }
        try {
            return new Inventory(
                    system,
                    database.isPresent(),
                    packages.parallelStream()
                            .map(one -> new Item(
                                    one,
                                    license(root, one),
                                    PackageUrl.of(one, namespace, release),
                                    dependencies(one, urls)))
                            .toList());
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static Optional<DeclaredLicense> license(Path root, InstalledPackage one) {
        try {
            return switch (one.kind()) {
                case DEB -> CopyrightFile.read(root, one.name());
                case RPM -> one.license().map(name -> DeclaredLicense.of(List.of(name), new TreeMap<>()));
            };
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Optional<OsRelease> system(Path root) throws IOException {
        for (String path : OS_RELEASE) {
            Optional<TreeFile> file = TreeFile.find(root, path);
            if (file.isPresent()) {
                return file.get()
                        .read(LARGEST_OS_RELEASE)
                        .flatMap(content -> OsRelease.of(new String(content, StandardCharsets.UTF_8)));
            }
        }
        return Optional.empty();
    }

    private static SortedSet<String> dependencies(InstalledPackage one, Map<String, String> urls) {
        SortedSet<String> found = new TreeSet<>();
        for (List<String> alternatives : one.depends()) {
            alternatives.stream()
                    .filter(name -> urls.containsKey(name) && !name.equals(one.name()))
                    .findFirst()
                    .ifPresent(name -> found.add(urls.get(name)));
        }
        return found;
    }
}
