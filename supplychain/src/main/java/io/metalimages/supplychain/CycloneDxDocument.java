package io.metalimages.supplychain;

import io.metalimages.supplychain.packages.DeclaredLicense;
import io.metalimages.supplychain.packages.InstalledPackage;
import io.metalimages.supplychain.packages.Inventory;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.TreeSet;
import java.util.UUID;
import java.util.regex.Pattern;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A bill of materials in the format CycloneDX 1.6 (ECMA-424), as JSON: the file {@code sbom.cdx.json} beside an image. The
 * same image has the same document: its serial number is made from what it says, its time is that of the image's sources.
 */
public final class CycloneDxDocument {

    private static final String IMAGE = "image";
    private static final String SYSTEM = "operating-system";
    private static final String TRIVY = "aquasecurity:trivy:";
    private static final Pattern SPDX_ID = Pattern.compile("[a-zA-Z0-9.-]+");

    private CycloneDxDocument() {}

    /** The document in UTF-8. */
    public static byte[] of(DescribedImage image, Inventory inventory) {
        ObjectNode root = JsonMapper.shared().createObjectNode();
        root.put("bomFormat", "CycloneDX");
        root.put("specVersion", "1.6");
        root.put("serialNumber", "");
        root.put("version", 1);
        metadata(image, root.putObject("metadata"));
        ArrayNode components = root.putArray("components");
        inventory
                .system()
                .ifPresent(system -> components
                        .addObject()
                        .put("type", "operating-system")
                        .put("bom-ref", SYSTEM)
                        .put("name", system.id())
                        .put("version", system.version()));
        inventory.items().forEach(item -> component(item, components.addObject()));
        dependencies(inventory, root.putArray("dependencies"));
        ArrayNode compositions = root.putArray("compositions");
        compositions
                .addObject()
                .put("aggregate", inventory.known() ? "incomplete" : "unknown")
                .putArray("assemblies")
                .add(IMAGE);
        root.put("serialNumber", "urn:uuid:" + UUID.nameUUIDFromBytes(bytes(root)));
        return bytes(root);
    }

    private static byte[] bytes(ObjectNode root) {
        return (JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n")
                .getBytes(StandardCharsets.UTF_8);
    }

    private static void metadata(DescribedImage image, ObjectNode metadata) {
        metadata.put("timestamp", image.date().toString());
        metadata.putObject("tools")
                .putArray("components")
                .addObject()
                .put("type", "application")
                .put("name", "metal-images")
                .put("version", image.program());
        ObjectNode subject = metadata.putObject("component");
        // Scanners take the only component of the type operating-system for the distribution, this one among them.
        subject.put("type", "container");
        subject.put("bom-ref", IMAGE);
        subject.put("name", image.name());
        subject.put("version", image.version());
        subject.putArray("hashes")
                .addObject()
                .put("alg", "SHA-256")
                .put("content", image.tarball().hex());
    }

    private static void component(Inventory.Item item, ObjectNode component) {
        InstalledPackage one = item.installed();
        component.put("type", "library");
        component.put("bom-ref", item.url());
        one.maintainer().ifPresent(maintainer -> component.putObject("supplier").put("name", maintainer));
        component.put("name", one.name());
        component.put("version", one.version());
        one.summary().ifPresent(summary -> component.put("description", summary));
        item.license().ifPresent(license -> license(license, component.putArray("licenses")));
        component.put("purl", item.url());
        homepage(one)
                .ifPresent(homepage -> component
                        .putArray("externalReferences")
                        .addObject()
                        .put("url", homepage)
                        .put("type", "website"));
        ArrayNode properties = component.putArray("properties");
        property(properties, "metal-images:source:name", one.source().name());
        property(properties, "metal-images:source:version", one.source().version());
        sourceForTrivy(one.source(), properties);
    }

    /** Distributions tell of vulnerabilities by source packages, and Trivy finds those in properties of its own only. */
    private static void sourceForTrivy(InstalledPackage.Source source, ArrayNode properties) {
        String version = source.version();
        int colon = version.indexOf(':');
        int hyphen = version.lastIndexOf('-');
        property(properties, TRIVY + "SrcName", source.name());
        property(
                properties, TRIVY + "SrcVersion", version.substring(colon + 1, hyphen < 0 ? version.length() : hyphen));
        if (hyphen >= 0) {
            property(properties, TRIVY + "SrcRelease", version.substring(hyphen + 1));
        }
        if (colon > 0) {
            property(properties, TRIVY + "SrcEpoch", version.substring(0, colon));
        }
    }

    private static void property(ArrayNode properties, String name, String value) {
        properties.addObject().put("name", name).put("value", value);
    }

    static Optional<String> homepage(InstalledPackage one) {
        return one.homepage()
                .filter(text -> text.matches("https?://[A-Za-z0-9.-]+(:[0-9]+)?(/[A-Za-z0-9/._~+@=&?-]*)?"));
    }

    private static void license(DeclaredLicense license, ArrayNode licenses) {
        String expression = license.expression();
        if (!SPDX_ID.matcher(expression).matches()) {
            licenses.addObject().put("expression", expression).put("acknowledgement", "declared");
            return;
        }
        ObjectNode one = licenses.addObject().putObject("license");
        DeclaredLicense.OtherLicense other = license.others().get(expression);
        if (other == null) {
            one.put("id", expression);
        } else {
            one.put("name", other.name());
        }
        one.put("acknowledgement", "declared");
    }

    private static void dependencies(Inventory inventory, ArrayNode dependencies) {
        ObjectNode image = dependencies.addObject().put("ref", IMAGE);
        ArrayNode all = image.putArray("dependsOn");
        inventory.system().ifPresent(system -> all.add(SYSTEM));
        new TreeSet<>(inventory.items().stream().map(Inventory.Item::url).toList()).forEach(all::add);
        for (Inventory.Item item : inventory.items()) {
            ObjectNode dependency = dependencies.addObject().put("ref", item.url());
            ArrayNode needed = dependency.putArray("dependsOn");
            item.dependencies().forEach(needed::add);
        }
    }
}
