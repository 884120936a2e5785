"""Makes a server of an image: what metal-hammer runs in a chroot on the image's first day.

Start reading in installation.py, which has the steps in their order. Everything that can be wrong with the input is
found by the modules that read it (allocation, settings, userdata, image), before a step changes anything.

Runs with the Python of the images: 3.6 and later, with nothing but Jinja2 and PyYAML.
"""
