"""A quantizer of your own, as everything here can use it: benches, training, the doctor.

**What it is.** An `nn.Module`, or a class or function that makes one, or makes an object that can be called. Called with
latents it answers with the quantized latents and the indices: as a tuple, a dictionary or an object with `quantized` and `indices`. Losses may stand beside them
(`loss`, or what else a tuple holds); training adds them up.

**Shapes.** Latents are given channel first (B, D, h, w), channel last (B, h, w, D), or as a sequence (B, N, D) or
(B, D, N), whichever it takes; an attribute `layout = "bdhw"` (or "bhwd", "bnd", "bdn") says so where it takes several.
`quantized` has the shape of the latents. Indices are integers, one or S for each token, in any usual order of axes.

**Bits** are counted from what an index can be: `codebook_size`, or `codebook_sizes` with one number per index. Where the
module has neither, `levels` (their product) or the rows of a `codebook` tell. Numbers that the decoder needs besides
indices are side information: an attribute `side_values` says how many per image and index, and `side` in the answer,
(B, S, side_values), holds them; they cost 16 bits each.

**Decoding**, if it has it: `decode(indices)` gives back `quantized`, from indices as the module gave them (and from side
information, `decode(indices, side)`). It may take the first k of S indices; that shows what each stage adds.

**Making it.** A class is called with the options given. If it asks for `dim` and got none, it gets the number of channels.

    class Mine(nn.Module):
        codebook_size = 1000

        def forward(self, z):  # (B, D, h, w)
            ...
            return quantized, indices

Code is named by the person who starts a process, on its command line, and by nobody else: no file, checkpoint or link
ever names code that is run.
"""

from rfsq.quantizers.foreign.adapter import Foreign
from rfsq.quantizers.foreign.errors import ForeignError
from rfsq.quantizers.foreign.reference import Reference

__all__ = ["Foreign", "ForeignError", "Reference"]
