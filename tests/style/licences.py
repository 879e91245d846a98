# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""Each file tells its licence as REUSE asks for it, and the bill of materials has
each file with it."""

import pathlib
import re
import shutil

from tap import SOURCE, command_ok, done, ok, run, scratch, skip_all, tool
from tree import files

OWN = ('.reuse', 'LICENSE', 'LICENSES')  # what says which licence

if not tool('reuse'):
    skip_all('no reuse here')
with scratch() as place:
    # As in a release: nothing that was built here, and no .git.
    place = pathlib.Path(place).resolve()
    tree = files()
    for path in tree:
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(SOURCE / path, place / path, follow_symlinks=False)
    lint = ['reuse', '--root', place, 'lint']
    command_ok('reuse lint', lint)

    bill = command_ok('reuse spdx', ['reuse', '--root', place, 'spdx'])
    named = {}
    for part in bill.split('\nFileName: ./')[1:]:
        name = part.partition('\n')[0]
        named[name] = re.findall(r'^LicenseInfoInFile: (.*)$', part, re.M)
    wanted = {str(p) for p in tree if p.parts[0] not in OWN}
    less = sorted(wanted - set(named))
    ok(len(wanted) > 1000 and not less, 'the bill of materials has each file', less)
    wrong = {name: said for name, said in named.items() if said != ['MIT']}
    ok(not wrong, 'and each is under the MIT licence', wrong)

    (place / 'src/planted.c').write_text('int planted;\n', encoding='utf-8')
    status, _, said = run(lint)
    ok(status != 0 and 'src/planted.c' in said, 'a file that tells none is noticed', said)
done()
