package io.metalimages.engine.archive;

import java.util.ArrayList;
import java.util.List;

/**
 * Where an entry is, by its name alone.
 *
 * @param names from the root of the archive down to it; none for the root itself
 */
record EntryLocation(List<String> names) {

    EntryLocation {
        names = List.copyOf(names);
    }

    /** @throws InvalidArchiveException if the name leads out of the archive */
    static EntryLocation of(String name) throws InvalidArchiveException {
        List<String> names = new ArrayList<>();
        for (String component : name.split("/")) {
            if (component.equals("..")) {
                if (names.isEmpty()) {
                    throw new InvalidArchiveException(name + " leads out of the directory that it is unpacked into");
                }
                names.removeLast();
            } else if (!component.isEmpty() && !component.equals(".")) {
                names.add(component);
            }
        }
        return new EntryLocation(names);
    }

    boolean isRoot() {
        return names.isEmpty();
    }

    /** The directory that it lies in. */
    String above() {
        return isRoot() ? "/" : "/" + String.join("/", names.subList(0, names.size() - 1));
    }

    /** Its name there; empty for the root itself. */
    String name() {
        return isRoot() ? "" : names.getLast();
    }
}
