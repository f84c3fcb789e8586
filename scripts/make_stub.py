"""Make a stub from a reference: same text, every public function body is its docstring and a raise."""
import ast, sys
from pathlib import Path
src = Path(sys.argv[1]); dst = Path(sys.argv[2])
text = src.read_text(); lines = text.splitlines(keepends=True); tree = ast.parse(text)
drop = set(); insert = {}
def body(node):
    doc = node.body[0]; last = node.end_lineno
    for i in range(doc.end_lineno + 1, last + 1): drop.add(i)
    insert[doc.end_lineno] = " " * doc.col_offset + "raise NotImplementedError\n"
for node in tree.body:
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name.startswith("_") or isinstance(node, ast.Assign):
        for i in range(min([node.lineno]+[d.lineno for d in getattr(node,'decorator_list',[])]), node.end_lineno + 1): drop.add(i)
    elif isinstance(node, ast.FunctionDef): body(node)
    elif isinstance(node, ast.ClassDef):
        for sub in node.body:
            if isinstance(sub, ast.FunctionDef):
                if sub.name.startswith("_") and not sub.name.startswith("__"):
                    for i in range(sub.lineno, sub.end_lineno + 1): drop.add(i)
                else: body(sub)
out = []
for i, line in enumerate(lines, 1):
    if i not in drop: out.append(line)
    if i in insert: out.append(insert[i])
dst.write_text("".join(out))
