"""The report to hand up: what it says stands once (``blocks``), is put together by ``making``, and written as HTML, PDF and DOCX."""
