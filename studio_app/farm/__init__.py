"""Many pictures at once: the lines of a jobs file rendered, exported, and not made twice.

Here: options as words become a request (options.py), where its files go (orders.py), the jobs file read as a stream
(jobs_file.py), what a line says of an export (exports.py), the painting itself, on this machine or on others
(painting.py, pools.py, ray_pool.py), the files made of it (finishing.py), the log by which a batch goes on where it
stopped (log.py), the contact sheet, and the run that holds them together (run.py). `underpaint render` draws by the
same painting and finishing.
A task and what is made of it are picklable values; the engine is known by its protocol in core, and whoever asks for a
batch hands it in. Beside the engine's thread there is one that reads ahead and one that writes; there is no window.
Imports: export, engine (the model's card, the factory), document, scene, core; ray in ray_pool.py. No Qt, no torch.
"""
