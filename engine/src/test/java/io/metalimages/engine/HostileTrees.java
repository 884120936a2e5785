package io.metalimages.engine;

import io.metalimages.engine.files.PathFilter;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;

/** Contexts and images as somebody makes them who wants to reach the machine that builds. The seed decides everything. */
final class HostileTrees {

    private static final List<String> NAMES = List.of(
            "a", "b", "c", "d", "x", "...", " ", "é", "-rf", "a\nb", "*", "[", "x".repeat(255), "etc", "passwd");

    private final Random random;
    private final Path host;

    HostileTrees(long seed, Path host) {
        this.random = new Random(seed);
        this.host = host;
    }

    private <T> T any(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }

    String name() {
        return random.nextInt(4) > 0 ? NAMES.get(random.nextInt(5)) : any(NAMES);
    }

    /** One to three names, at times with dots between them. */
    String path() {
        List<String> names = new ArrayList<>();
        for (int count = 1 + random.nextInt(3); count > 0; count--) {
            if (random.nextInt(6) == 0) {
                names.add(any(List.of("..", ".", "../..", "")));
            }
            names.add(name());
        }
        return String.join("/", names);
    }

    /** Where a link of somebody malicious leads. */
    String target() {
        String inside = any(List.of("", "/a", "/b", "/a/a", "/empty", "/secret", "/stubs", "/link", "/etc/passwd"));
        return switch (random.nextInt(9)) {
            case 0, 1 -> host + inside;
            case 2 -> "../".repeat(40) + host.toString().substring(1) + inside;
            case 3 -> "/proc/self/root" + host + inside;
            case 4 -> "/proc/self/cwd";
            case 5 -> "/proc/1/root" + host + inside;
            case 6 -> "/";
            case 7 -> path();
            default -> "/" + path();
        };
    }

    void fill(Path tree, int entries) throws IOException {
        List<Path> directories = new ArrayList<>(List.of(tree));
        List<Path> files = new ArrayList<>();
        for (int i = 0; i < entries; i++) {
            Path place = any(directories).resolve(name());
            try {
                switch (random.nextInt(6)) {
                    case 0, 1 -> directories.add(Files.createDirectory(place));
                    case 2, 3 -> Files.createSymbolicLink(place, Path.of(target()));
                    case 4 -> {
                        if (!files.isEmpty()) {
                            Files.createLink(place, any(files));
                        }
                    }
                    default -> {
                        Files.writeString(Files.createFile(place), "harmless");
                        files.add(place);
                    }
                }
            } catch (FileAlreadyExistsException again) {
                assert Files.exists(place, LinkOption.NOFOLLOW_LINKS);
            } catch (FileSystemException tooLong) {
                if (place.toString().length() < 1_000) {
                    throw tooLong;
                }
            }
        }
    }

    /** Leaves some out, and takes some of what is in them back in. */
    PathFilter filter() {
        if (random.nextInt(3) == 0) {
            return PathFilter.ALL;
        }
        Set<String> left = new TreeSet<>(List.of(name(), name()));
        Set<String> taken = new TreeSet<>(List.of(name(), name(), name()));
        return new PathFilter() {
            @Override
            public boolean includes(String path) {
                String[] names = path.split("/");
                return !left.contains(names[0]) || (names.length > 1 && taken.contains(names[names.length - 1]));
            }

            @Override
            public boolean enters(String directory) {
                return true;
            }
        };
    }

    List<String> sources() {
        List<String> sources = new ArrayList<>();
        for (int count = 1 + random.nextInt(2); count > 0; count--) {
            sources.add(any(List.of(".", "*", "*/*", "?", path(), path(), "[a-d]", "*a*")));
        }
        return sources;
    }

    String destination() {
        return any(List.of("/", "/" + path(), "/" + path() + "/", "/a", "/b/", host + "/a", host + "/empty/"));
    }
}
