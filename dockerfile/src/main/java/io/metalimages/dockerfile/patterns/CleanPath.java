package io.metalimages.dockerfile.patterns;

import java.util.ArrayDeque;
import java.util.Deque;

/** The shortest path that means the same, found without looking at files, as Go's {@code path.Clean} finds it. */
public final class CleanPath {

    private CleanPath() {}

    /** The path without {@code .}, doubled slashes, and each {@code ..} with the name before it; {@code .} if empty. */
    public static String of(String path) {
        boolean rooted = path.startsWith("/");
        Deque<String> names = new ArrayDeque<>();
        for (String name : path.split("/", -1)) {
            boolean up = name.equals("..");
            if (name.isEmpty() || name.equals(".") || (up && rooted && names.isEmpty())) {
                continue;
            }
            if (up && !names.isEmpty() && !names.getLast().equals("..")) {
                names.removeLast();
            } else {
                names.addLast(name);
            }
        }
        String clean = String.join("/", names);
        if (rooted) {
            return "/" + clean;
        }
        return clean.isEmpty() ? "." : clean;
    }

    /** What comes after the last slash of the cleaned path. */
    public static String lastName(String path) {
        String clean = of(path);
        return clean.equals("/") ? clean : clean.substring(clean.lastIndexOf('/') + 1);
    }
}
