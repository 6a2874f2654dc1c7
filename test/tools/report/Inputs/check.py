# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Fails where a page is not one document with the data of the JSON beside it, or names another file. usage: check.py PAGE.html PAGE.json"""
import html.parser
import json
import sys


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.data, self.scripts, self.inData = "", 0, False

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        assert "src" not in given and "href" not in given, f"<{tag}> reads {given}"
        assert tag != "img", "an image, which the template has not"
        self.scripts += tag == "script"
        self.inData = given.get("id") == "data"

    def handle_data(self, text):
        if self.inData:
            self.data += text

    def handle_endtag(self, tag):
        self.inData = False


page = Page()
page.feed(open(sys.argv[1], encoding="utf-8").read())
assert page.scripts == 3, f"{page.scripts} scripts"
assert json.loads(page.data) == json.load(open(sys.argv[2], encoding="utf-8")), "other data than the JSON"
