/**
 * The web pages of an image store: which images there are, where to fetch them, what is in them and what changed.
 *
 * <p>{@link CatalogReader} makes a {@link CatalogImage} of each image from the channels' indexes and the files that they
 * name; {@link SitePages} renders them by the templates in {@code src/main/jte}; {@link
 * io.metalimages.catalog.CatalogWriter} puts the pages where readers find them, in an order in which no link leads nowhere.
 *
 * <p>What a store holds is taken as written by somebody hostile: it gets onto a page through the templates alone, which
 * escape it. The same store gives the same bytes. This package never prints, and changes nothing of a store but its pages.
 * Start reading at {@link io.metalimages.catalog.CatalogWriter}.
 */
@NullMarked
package io.metalimages.catalog;

import org.jspecify.annotations.NullMarked;
