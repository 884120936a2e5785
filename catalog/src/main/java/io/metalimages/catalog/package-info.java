/**
 * The web pages of an image store: which images there are, where to fetch them, what is in them and what changed.
 *
 * <p>{@link IndexReader} finds out which {@link Build} is in which channel; {@link SitePages} renders what is not there as it
 * should be by the templates in {@code src/main/jte}, for which {@link DetailsReader} reads the files of builds; {@link
 * SiteWriter} puts the pages where readers find them, and remembers what they were made from.
 *
 * <p>What a store holds is taken as written by somebody hostile: it gets onto a page through the templates alone, which
 * escape it. The same store gives the same bytes. This package never prints, and changes nothing of a store but its pages.
 * Start reading at {@link io.metalimages.catalog.CatalogWriter}.
 */
@NullMarked
package io.metalimages.catalog;

import org.jspecify.annotations.NullMarked;
