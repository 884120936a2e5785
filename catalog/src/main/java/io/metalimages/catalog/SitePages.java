package io.metalimages.catalog;

import gg.jte.ContentType;
import gg.jte.TemplateEngine;
import gg.jte.output.StringOutput;
import io.metalimages.store.channel.Channel;
import io.metalimages.store.channel.StoreLayout;
import io.metalimages.store.object.ObjectKey;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/** Renders the pages of a site. */
final class SitePages {

    static final ObjectKey FRONT = new ObjectKey("index.html");
    static final ObjectKey STABLE_INDEX = StoreLayout.index(new Channel.Stable());
    static final ObjectKey DIRECTORY = new ObjectKey("catalog");

    private final TemplateEngine engine = TemplateEngine.createPrecompiled(
            null, ContentType.Html, SitePages.class.getClassLoader(), SitePages.class.getPackageName());
    private final Site site;

    SitePages(Site site) {
        this.site = site;
    }

    /**
     * All objects of the site, in an order in which each is written after those that it leads to: assets, the builds of an
     * image from the oldest to the newest, the image, and the front page as the last.
     */
    SequencedMap<ObjectKey, byte[]> render() {
        SequencedMap<ObjectKey, byte[]> objects = new LinkedHashMap<>();
        for (Asset asset : new Asset[] {site.style(), site.script(), site.icon(), site.search()}) {
            objects.put(asset.key(), asset.content());
        }
        for (CatalogImage image : site.images()) {
            for (Build build : image.builds().reversed()) {
                Page page = new Page(site, build.page(), image.name() + " " + build.label());
                objects.put(page.key(), render("release", page, image, build));
            }
            Page page = new Page(site, image.page(), image.name().toString());
            objects.put(page.key(), render("image", page, image, image.newest()));
        }
        objects.put(FRONT, render("front", Map.of("page", new Page(site, FRONT, ""))));
        return objects;
    }

    private byte[] render(String template, Page page, CatalogImage image, Build build) {
        Optional<Registration> registration = Registration.of(image, build, site.address());
        return render(template, Map.of("page", page, "image", image, "build", build, "registration", registration));
    }

    private byte[] render(String template, Map<String, Object> parameters) {
        StringOutput output = new StringOutput();
        engine.render(template + ".jte", parameters, output);
        return output.toString().getBytes(StandardCharsets.UTF_8);
    }
}
