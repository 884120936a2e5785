package io.metalimages.rack.provisioning;

import io.metalimages.common.FaultException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.nodes.Node;

/** Reads a {@link Layout}, and holds it to what can be. */
final class LayoutReader {

    private static final Set<String> RAID_LEVELS = Set.of("0", "1", "10");

    private final Path file;

    /** What a file system, an array or a volume group may lie on, until something does. */
    private final Set<String> free = new HashSet<>();

    private LayoutReader(Path file) {
        this.file = file;
    }

    static Layout read(Path file) throws IOException {
        String text;
        try {
            text = Files.readString(file);
        } catch (NoSuchFileException e) {
            throw FaultException.wrongInput(
                    "There is no layout " + file + ".",
                    "Name default, lvm, raid1, or a file like those in rack/layouts.");
        }
        return new LayoutReader(file).layout(text);
    }

    private Layout layout(String text) {
        Node document;
        try {
            document = new Compose(
                            LoadSettings.builder().setLabel(file.toString()).build())
                    .composeString(text)
                    .orElseThrow(() -> FaultException.wrongInput(file + ": The file is empty.", null));
        } catch (MarkedYamlEngineException e) {
            int line = e.getProblemMark().map(mark -> mark.getLine() + 1).orElse(1);
            throw FaultException.wrongInput("%s:%d: This is not YAML: %s.".formatted(file, line, e.getProblem()), null);
        }
        YamlFields top = fields(
                document,
                "the layout",
                "id",
                "name",
                "description",
                "constraints",
                "disks",
                "raid",
                "volumegroups",
                "logicalvolumes",
                "filesystems");
        List<Layout.Device> disks = list(top, "disks", this::disk);
        if (disks.isEmpty()) {
            throw fault(document, "disks", "there is no disk");
        }
        List<Layout.Array> arrays = list(top, "raid", this::array);
        List<Layout.VolumeGroup> groups = list(top, "volumegroups", this::volumeGroup);
        Set<String> groupNames = groups.stream().map(Layout.VolumeGroup::name).collect(Collectors.toSet());
        List<Layout.LogicalVolume> volumes = list(top, "logicalvolumes", node -> logicalVolume(node, groupNames));
        List<Layout.FileSystem> systems = list(top, "filesystems", this::fileSystem);
        requireBootable(document, systems);
        return new Layout(file, top.text("id"), disks, arrays, groups, volumes, systems);
    }

    private void requireBootable(Node document, List<Layout.FileSystem> systems) {
        if (systems.stream()
                .noneMatch(system -> system.label().equals(Layout.ROOT_LABEL)
                        && system.path().equals(Optional.of("/")))) {
            throw fault(document, "filesystems", "none has the label root and the path /");
        }
        if (systems.stream()
                .noneMatch(system ->
                        system.format() == Layout.Format.VFAT && system.path().equals(Optional.of("/boot/efi")))) {
            throw fault(document, "filesystems", "none of format vfat has the path /boot/efi, for UEFI to boot from");
        }
        Set<String> paths = new HashSet<>();
        systems.stream().flatMap(system -> system.path().stream()).forEach(path -> {
            if (!paths.add(path)) {
                throw fault(document, "filesystems", "two have the path " + path);
            }
        });
    }

    private Layout.Device disk(Node node) {
        YamlFields fields = fields(node, "disks[]", "device", "partitions", "wipeonreinstall");
        String device = fields.text("device");
        if (Layout.bus(device).isEmpty()) {
            throw fault(node, "disks[].device", device + " is none of /dev/vdX, /dev/sdX and /dev/nvmeNn1");
        }
        Set<Integer> numbers = new HashSet<>();
        List<Layout.Partition> partitions = new ArrayList<>();
        for (Node item : fields.items("partitions")) {
            Layout.Partition partition = partition(item);
            if (!numbers.add(partition.number())) {
                throw fault(item, "partitions[].number", "two partitions have the number " + partition.number());
            }
            if (!partitions.isEmpty() && partitions.getLast().size() == 0) {
                throw fault(
                        item, "partitions[].size", "only the last one can have the size 0, which is all that is left");
            }
            partitions.add(partition);
            free.add(Layout.partitionDevice(device, partition.number()));
        }
        if (partitions.isEmpty() && !free.add(device)) {
            throw fault(node, "disks[].device", device + " is there twice");
        }
        return new Layout.Device(device, fields.truth("wipeonreinstall"), partitions);
    }

    private Layout.Partition partition(Node node) {
        YamlFields fields = fields(node, "partitions[]", "number", "label", "size", "gpttype");
        long number = fields.number("number", 1, 128);
        Optional<String> type = fields.optional("gpttype");
        if (type.isPresent()
                && !type.get().matches("[0-9a-fA-F]{4}|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")) {
            throw fault(node, "partitions[].gpttype", type.get() + " is no type that sgdisk knows");
        }
        return new Layout.Partition(
                (int) number, fields.optional("label").orElse(""), fields.number("size", 0, Integer.MAX_VALUE), type);
    }

    private Layout.Array array(Node node) {
        YamlFields fields = fields(node, "raid[]", "arrayname", "devices", "level", "createoptions", "spares");
        String name = fields.text("arrayname");
        List<String> devices = fields.texts("devices");
        String level = fields.optional("level").orElse("1");
        if (!RAID_LEVELS.contains(level)) {
            throw fault(node, "raid[].level", level + " is none of 0, 1 and 10");
        }
        long spares = fields.optional("spares").isPresent() ? fields.number("spares", 0, devices.size() - 2L) : 0;
        if (devices.size() - spares < 2) {
            throw fault(node, "raid[].devices", "an array needs at least two");
        }
        devices.forEach(device -> occupy(node, "raid[].devices", device));
        free.add(name);
        return new Layout.Array(name, devices, level, fields.texts("createoptions"), (int) spares);
    }

    private Layout.VolumeGroup volumeGroup(Node node) {
        YamlFields fields = fields(node, "volumegroups[]", "name", "devices", "tags");
        List<String> devices = fields.texts("devices");
        if (devices.isEmpty()) {
            throw fault(node, "volumegroups[].devices", "there is none");
        }
        devices.forEach(device -> occupy(node, "volumegroups[].devices", device));
        return new Layout.VolumeGroup(fields.text("name"), devices, fields.texts("tags"));
    }

    private Layout.LogicalVolume logicalVolume(Node node, Set<String> groups) {
        YamlFields fields = fields(node, "logicalvolumes[]", "name", "volumegroup", "size", "lvmtype");
        String group = fields.text("volumegroup");
        if (!groups.contains(group)) {
            throw fault(node, "logicalvolumes[].volumegroup", "there is no volume group " + group);
        }
        Layout.LogicalVolume volume = new Layout.LogicalVolume(
                fields.text("name"),
                group,
                fields.number("size", 0, Integer.MAX_VALUE),
                fields.optional("lvmtype")
                        .map(type -> constant(node, "logicalvolumes[].lvmtype", type, Layout.VolumeType.values()))
                        .orElse(Layout.VolumeType.LINEAR));
        free.add(volume.device());
        return volume;
    }

    private Layout.FileSystem fileSystem(Node node) {
        YamlFields fields =
                fields(node, "filesystems[]", "path", "device", "format", "label", "mountoptions", "createoptions");
        Layout.Format format = constant(node, "filesystems[].format", fields.text("format"), Layout.Format.values());
        String device = fields.text("device");
        if (format != Layout.Format.TMPFS) {
            occupy(node, "filesystems[].device", device);
        }
        Optional<String> path = fields.optional("path");
        if (path.isPresent() && !(path.get().startsWith("/") && !path.get().contains("/.."))) {
            throw fault(node, "filesystems[].path", path.get() + " is not an absolute path");
        }
        return new Layout.FileSystem(
                path,
                device,
                format,
                fields.optional("label").orElse(""),
                fields.texts("mountoptions"),
                fields.texts("createoptions"));
    }

    private void occupy(Node node, String field, String device) {
        if (!free.remove(device)) {
            throw fault(node, field, "there is no " + device + " that nothing else lies on");
        }
    }

    private <E extends Enum<E>> E constant(Node node, String field, String text, E[] values) {
        return Stream.of(values)
                .filter(value -> value.name().toLowerCase(Locale.ROOT).equals(text))
                .findFirst()
                .orElseThrow(() -> fault(
                        node,
                        field,
                        text + " is none of "
                                + Stream.of(values)
                                        .map(value -> value.name().toLowerCase(Locale.ROOT))
                                        .collect(Collectors.joining(", "))));
    }

    private interface Item<T> {
        T read(Node node);
    }

    private static <T> List<T> list(YamlFields fields, String name, Item<T> item) {
        List<T> list = new ArrayList<>();
        fields.items(name).forEach(node -> list.add(item.read(node)));
        return List.copyOf(list);
    }

    private YamlFields fields(Node node, String place, String... known) {
        return YamlFields.of(file, node, place, known);
    }

    private FaultException fault(Node node, String field, String what) {
        return YamlFields.fault(file, node, field, what);
    }
}
