package io.metalimages.catalog;

import gg.jte.ContentType;
import gg.jte.TemplateEngine;
import gg.jte.output.StringOutput;
import io.metalimages.common.Digest;
import io.metalimages.store.channel.Channel;
import io.metalimages.store.channel.StoreLayout;
import io.metalimages.store.object.ObjectKey;
import io.metalimages.store.object.StoreException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import tools.jackson.databind.json.JsonMapper;

/**
 * Renders the pages of a site, each after those that it leads to: assets, the builds, the images, the lists of channels, and
 * the front page as the last. Of what is there as it would be made it reads no file. Not thread-safe.
 */
final class SitePages {

    static final ObjectKey FRONT = new ObjectKey("index.html");
    static final ObjectKey STABLE_INDEX = StoreLayout.index(new Channel.Stable());
    static final ObjectKey DIRECTORY = new ObjectKey("catalog");

    /** The files of so many builds are in memory. */
    private static final int AT_ONCE = 24;

    private final TemplateEngine engine = TemplateEngine.createPrecompiled(
            null, ContentType.Html, SitePages.class.getClassLoader(), SitePages.class.getPackageName());
    private final Site site;
    private final DetailsReader reader;
    private final SiteWriter writer;
    private final Map<Build, Digest> origins = new HashMap<>();

    SitePages(Site site, DetailsReader reader, SiteWriter writer) {
        this.site = site;
        this.reader = reader;
        this.writer = writer;
    }

    void write() throws StoreException {
        for (Asset asset : new Asset[] {site.style(), site.script(), site.icon()}) {
            writer.put(asset.key(), asset.content());
        }
        writeBuilds();
        writeImages();
        for (Site.Year year : site.years()) {
            Page page = new Page(site, year.page(), "Releases of " + year.number());
            writer.put(page.key(), render("year", Map.of("page", page, "year", year)));
        }
        for (Shelf shelf : site.shelf().stream().flatMap(Shelf::all).toList()) {
            Page page = new Page(site, shelf.page(), shelf.heading());
            writer.put(page.key(), render("shelf", Map.of("page", page, "shelf", shelf)));
        }
        writer.put(FRONT, render("front", Map.of("page", new Page(site, FRONT, ""), "summaries", (Function<
                        Build, BuildSummary>)
                this::summary)));
    }

    /** What lists tell of a build. */
    private BuildSummary summary(Build build) {
        return writer.summary(build.page()).orElse(BuildSummary.NONE);
    }

    /** The digest of what a page is made from, beside the program. */
    private Digest origin(Stream<String> parts) {
        return Digest.of(JsonMapper.shared()
                .writeValueAsBytes(Stream.concat(
                                Stream.of(
                                        site.title(),
                                        site.address().toString(),
                                        site.style().key().value(),
                                        site.script().key().value(),
                                        site.icon().key().value()),
                                parts)
                        .toList()));
    }

    private record DuePage(CatalogImage image, Build build, Digest origin) {

        DetailsReader.Wanted wanted() {
            return new DetailsReader.Wanted(build, image.before(build));
        }
    }

    /** The oldest releases first: each needs files of the one before. */
    private void writeBuilds() throws StoreException {
        List<DuePage> due = new ArrayList<>();
        for (CatalogImage image : site.images()) {
            for (Build build : image.builds()) {
                Digest origin = origin(Stream.concat(
                        Stream.of(Boolean.toString(image.supported())),
                        Stream.concat(Stream.of(build), image.before(build).stream())
                                .flatMap(each -> Stream.of(
                                        each.name().toString(),
                                        each.channel().path(),
                                        each.identity().hex(),
                                        each.withdrawn().map(Object::toString).orElse("")))));
                origins.put(build, origin);
                if (!writer.isCurrent(build.page(), origin)
                        || writer.summary(build.page()).isEmpty()) {
                    due.add(new DuePage(image, build, origin));
                }
            }
        }
        due.sort(Comparator.comparing(page -> page.build().channel().path()));
        forEach(due, this::writeBuild);
    }

    private void writeBuild(DuePage due, BuildDetails details) throws StoreException {
        Page page = new Page(
                site, due.build().page(), due.image().name() + " " + due.build().label());
        writer.put(
                page.key(),
                due.origin(),
                Optional.of(details.summary()),
                render("release", page, due.image(), details));
    }

    private void writeImages() throws StoreException {
        List<DuePage> due = new ArrayList<>();
        for (CatalogImage image : site.images()) {
            Digest origin = origin(Stream.of(
                            image.shown().stream().map(build -> origin(build).hex()),
                            Stream.of(
                                    Boolean.toString(image.isFolded()),
                                    Boolean.toString(site.shelf().isPresent())),
                            site.years().stream().map(year -> year.page().value()))
                    .flatMap(parts -> parts));
            boolean found = writer.isCurrent(image.packages(), origin(image.newest()));
            if (!writer.isCurrent(image.page(), origin) || !found) {
                due.add(new DuePage(image, image.newest(), origin));
            }
        }
        forEach(due, this::writeImage);
    }

    private void writeImage(DuePage due, BuildDetails newest) throws StoreException {
        CatalogImage image = due.image();
        writer.put(image.packages(), origin(image.newest()), Optional.empty(), new SearchIndex(image, newest).toJson());
        Page page = new Page(site, image.page(), image.name().toString());
        writer.put(page.key(), due.origin(), Optional.empty(), render("image", page, image, newest));
    }

    private Digest origin(Build build) {
        return Objects.requireNonNull(origins.get(build));
    }

    @FunctionalInterface
    private interface Writing {
        void write(DuePage due, BuildDetails details) throws StoreException;
    }

    private void forEach(List<DuePage> due, Writing writing) throws StoreException {
        for (int start = 0; start < due.size(); start += AT_ONCE) {
            List<DuePage> some = due.subList(start, Math.min(start + AT_ONCE, due.size()));
            List<BuildDetails> details =
                    reader.read(some.stream().map(DuePage::wanted).toList());
            for (int index = 0; index < some.size(); index++) {
                writing.write(some.get(index), details.get(index));
            }
        }
    }

    private byte[] render(String template, Page page, CatalogImage image, BuildDetails details) {
        Optional<Registration> registration = Registration.of(image, details, site.address());
        return render(
                template,
                Map.of(
                        "page",
                        page,
                        "image",
                        image,
                        "details",
                        details,
                        "registration",
                        registration,
                        "summaries",
                        (Function<Build, BuildSummary>) this::summary));
    }

    private byte[] render(String template, Map<String, Object> parameters) {
        StringOutput output = new StringOutput();
        engine.render(template + ".jte", parameters, output);
        return output.toString().getBytes(StandardCharsets.UTF_8);
    }
}
