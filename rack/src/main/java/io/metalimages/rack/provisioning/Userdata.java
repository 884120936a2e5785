package io.metalimages.rack.provisioning;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What the user gives along. Those with a file ask for the same, each in another form; {@code os/tests/checks/userdata.yaml}
 * knows them by their labels.
 */
public enum Userdata {
    /** A cloud-config. */
    CLOUD_INIT("cloud-init.yaml"),
    /** A cloud-config and a shell script, as MIME. */
    MULTI_PART("multi-part.txt"),
    /** A shell script, which cloud-init runs. */
    SCRIPT("script.sh"),
    /** Of spec 2.x, which metal-stack's users write. */
    IGNITION("ignition.json"),
    /** Of spec 3.x, which Ignition itself reads. */
    IGNITION_3("ignition-3.json"),
    /** A file of the user's own, of whose effects nothing is known. */
    OTHER(null),
    NONE(null);

    @Nullable
    private final String file;

    Userdata(@Nullable String file) {
        this.file = file;
    }

    /** The one with that label; empty if there is none, which leaves a file of the user's own. */
    public static Optional<Userdata> named(String label) {
        return choices().filter(kind -> kind.label().equals(label)).findFirst();
    }

    /** The labels of all that have a name for the user, in the order in which they are told. */
    public static List<String> labels() {
        return choices().map(Userdata::label).toList();
    }

    private static Stream<Userdata> choices() {
        return Stream.of(values()).filter(kind -> kind != OTHER);
    }

    /** As it is written on the command line and in variables. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Its name in {@code os/tests/userdata}; empty if it has none there. */
    public Optional<String> file() {
        return Optional.ofNullable(file);
    }
}
