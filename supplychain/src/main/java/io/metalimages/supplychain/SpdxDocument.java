package io.metalimages.supplychain;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.supplychain.packages.DeclaredLicense;
import io.metalimages.supplychain.packages.InstalledPackage;
import io.metalimages.supplychain.packages.Inventory;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A bill of materials in the format SPDX 2.3 (ISO/IEC 5962), as JSON: the file {@code sbom.spdx.json} beside an image. The
 * same image has the same document: its namespace is made from what it says, its time is that of the image's sources.
 */
public final class SpdxDocument {

    private static final String DOCUMENT = "SPDXRef-DOCUMENT";
    private static final String IMAGE = "SPDXRef-Image";
    private static final String SYSTEM = "SPDXRef-OperatingSystem";
    private static final String NAMESPACE = "https://images.metal-stack.io/spdx/";
    private static final String NOT_TOLD = "NOASSERTION";
    private static final Pattern UNFIT = Pattern.compile("[^a-zA-Z0-9.-]");
    private static final Pattern PERSON = Pattern.compile("\\s*([^<>()]*?)\\s*<([^<>()\\s]+)>\\s*");
    private static final Pattern GROUP = Pattern.compile(
            "(?i).*\\b(team|maintainers?|developers|group|packagers|packaging|project|debian|ubuntu|pkg)\\b.*");

    private final DescribedImage image;
    private final Inventory inventory;

    private SpdxDocument(DescribedImage image, Inventory inventory) {
        this.image = image;
        this.inventory = inventory;
    }

    /** The document in UTF-8. */
    public static byte[] of(DescribedImage image, Inventory inventory) {
        return new SpdxDocument(image, inventory).bytes();
    }

    private byte[] bytes() {
        ObjectNode root = JsonMapper.shared().createObjectNode();
        root.put("spdxVersion", "SPDX-2.3");
        root.put("dataLicense", "CC0-1.0");
        root.put("SPDXID", DOCUMENT);
        root.put("name", image.name());
        root.put("documentNamespace", "");
        ObjectNode creation = root.putObject("creationInfo");
        creation.put("created", image.date().toString());
        creation.putArray("creators").add("Tool: metal-images-" + image.program());
        ArrayNode packages = root.putArray("packages");
        ArrayNode relationships = root.putArray("relationships");
        relate(relationships, DOCUMENT, "DESCRIBES", IMAGE);
        describeImage(packages.addObject());
        inventory.system().ifPresent(system -> {
            named(packages.addObject(), SYSTEM, system.id(), system.version())
                    .put("primaryPackagePurpose", "OPERATING_SYSTEM");
            relate(relationships, IMAGE, "CONTAINS", SYSTEM);
        });
        Map<String, String> identifiers = identifiers();
        for (Inventory.Item item : inventory.items()) {
            describe(item, packages.addObject(), required(identifiers, item.url()));
            relate(relationships, IMAGE, "CONTAINS", required(identifiers, item.url()));
        }
        for (Inventory.Item item : inventory.items()) {
            item.dependencies()
                    .forEach(needed -> relate(
                            relationships,
                            required(identifiers, item.url()),
                            "DEPENDS_ON",
                            required(identifiers, needed)));
        }
        describeLicenses(root.putArray("hasExtractedLicensingInfos"));
        root.put(
                "documentNamespace",
                NAMESPACE + UNFIT.matcher(image.name()).replaceAll("-") + "-" + UUID.nameUUIDFromBytes(written(root)));
        return written(root);
    }

    private static byte[] written(ObjectNode root) {
        return (JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n")
                .getBytes(StandardCharsets.UTF_8);
    }

    private void describeImage(ObjectNode node) {
        named(node, IMAGE, image.name(), image.version())
                .put("packageFileName", ArtifactLocation.TARBALL)
                // Scanners take what is an operating system for the distribution.
                .put("primaryPackagePurpose", "CONTAINER");
        node.putArray("checksums")
                .addObject()
                .put("algorithm", "SHA256")
                .put("checksumValue", image.tarball().hex());
        if (!inventory.known()) {
            node.put("comment", "The packages of the image are not known.");
        }
    }

    private static ObjectNode named(ObjectNode node, String identifier, String name, String version) {
        node.put("SPDXID", identifier);
        node.put("name", name);
        if (!version.isEmpty()) {
            node.put("versionInfo", version);
        }
        return node.put("downloadLocation", NOT_TOLD)
                .put("filesAnalyzed", false)
                .put("licenseConcluded", NOT_TOLD)
                .put("licenseDeclared", NOT_TOLD)
                .put("copyrightText", NOT_TOLD)
                .put("supplier", NOT_TOLD);
    }

    private static void describe(Inventory.Item item, ObjectNode node, String identifier) {
        InstalledPackage one = item.installed();
        named(node, identifier, one.name(), one.version());
        one.maintainer().ifPresent(maintainer -> node.put("supplier", agent(maintainer)));
        CycloneDxDocument.homepage(one).ifPresent(homepage -> node.put("homepage", homepage));
        one.summary().ifPresent(summary -> node.put("summary", summary));
        item.license().ifPresent(license -> node.put("licenseDeclared", license.expression()));
        // The form that Trivy reads: it looks for vulnerabilities by the source package.
        node.put(
                "sourceInfo",
                "built package from: " + one.source().name() + " "
                        + one.source().version());
        node.putArray("externalRefs")
                .addObject()
                .put("referenceCategory", "PACKAGE-MANAGER")
                .put("referenceType", "purl")
                .put("referenceLocator", item.url());
    }

    private static String agent(String maintainer) {
        Matcher person = PERSON.matcher(maintainer);
        String kind = GROUP.matcher(maintainer).matches() ? "Organization: " : "Person: ";
        return person.matches() && !person.group(1).isEmpty()
                ? kind + person.group(1) + " (" + person.group(2) + ")"
                : kind + maintainer.replaceAll("[()<>]", " ").strip();
    }

    private Map<String, String> identifiers() {
        Map<String, String> identifiers = new HashMap<>();
        Set<String> taken = new HashSet<>();
        for (Inventory.Item item : inventory.items()) {
            InstalledPackage one = item.installed();
            String plain =
                    "SPDXRef-Package-" + UNFIT.matcher(one.name()).replaceAll("-plus") + "-" + one.architecture();
            String identifier = plain;
            for (int number = 2; !taken.add(identifier); number++) {
                identifier = plain + "-" + number;
            }
            identifiers.put(item.url(), identifier);
        }
        return identifiers;
    }

    private static String required(Map<String, String> identifiers, String url) {
        String identifier = identifiers.get(url);
        if (identifier == null) {
            throw new IllegalStateException("no package has the URL " + url);
        }
        return identifier;
    }

    private static void relate(ArrayNode relationships, String from, String type, String to) {
        relationships
                .addObject()
                .put("spdxElementId", from)
                .put("relationshipType", type)
                .put("relatedSpdxElement", to);
    }

    private void describeLicenses(ArrayNode licenses) {
        SortedMap<String, DeclaredLicense.OtherLicense> others = new TreeMap<>();
        inventory.items().forEach(item -> item.license().ifPresent(license -> others.putAll(license.others())));
        others.forEach((reference, other) -> licenses.addObject()
                .put("licenseId", reference)
                .put("extractedText", other.text())
                .put("name", other.name()));
    }
}
